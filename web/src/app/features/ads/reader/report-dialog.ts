import { ChangeDetectionStrategy, Component, inject, input, model, output, signal } from '@angular/core';

import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

import { type Ad, Ads, type ReportReason } from '../ads';
import { REASONS } from '../words';

const LONGEST_NOTE = 1_000;

/** Tells the platform's moderators what is wrong with an ad. */
@Component({
  selector: 'app-report-ad',
  imports: [Control, Dialog, Field, Notice],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="open" heading="Report this ad" i18n-heading="@@ads.report.heading">
      <form id="report-ad-form" class="form" novalidate (submit)="submit($event)">
        <app-notice [words]="sending.general()" />
        <fieldset class="choices">
          <legend i18n="@@ads.report.what">What is wrong with it?</legend>
          @for (each of reasons; track each.id) {
            <label class="choice"><input type="radio" name="ad-reason" [checked]="reason() === each.id" (change)="reason.set(each.id)" /><span>{{ each.name }}</span></label>
          }
        </fieldset>
        <app-field label="Say more (optional)" i18n-label="@@ads.report.note">
          <textarea appControl rows="2" [maxLength]="longest" [value]="note()" (input)="note.set($any($event.target).value)"></textarea>
        </app-field>
        <p class="muted" i18n="@@ads.report.words">The moderators look at it. You will not see this campaign again; the advertiser does not learn who reported it.</p>
      </form>
      <div dialog-actions>
        <button type="button" class="button is-quiet" (click)="open.set(false)" i18n="@@ads.cancel">Cancel</button>
        <button type="submit" form="report-ad-form" class="button is-danger" [disabled]="!reason()" [attr.aria-busy]="sending.isBusy()" i18n="@@ads.report">Report</button>
      </div>
    </app-dialog>
  `,
})
export class ReportDialog {
  private readonly ads = inject(Ads);
  readonly ad = input.required<Ad>();
  readonly open = model(false);
  readonly reported = output<void>();
  protected readonly reasons = REASONS;
  protected readonly longest = LONGEST_NOTE;
  protected readonly reason = signal<ReportReason | null>(null);
  protected readonly note = signal('');
  protected readonly sending = new Submission();

  protected submit(event: Event): void {
    event.preventDefault();
    const reason = this.reason();
    if (!reason) return;
    void this.sending.run(async () => {
      await this.ads.report(this.ad(), reason, this.note().trim());
      this.open.set(false);
      this.reported.emit();
    });
  }
}
