import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { hasRole, pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import { ChannelActions } from '../channel-actions';
import { CurrentChannel } from '../current-channel';

import { type ChannelFacts, ChannelForm } from './channel-form';
import { SubPage } from './sub-page';

/** What the channel says of itself; its owner may end it here too. */
@Component({
  selector: 'app-edit-channel',
  imports: [ChannelForm, Control, Dialog, Field, Icon, SubPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-sub-page heading="Edit the channel" i18n-heading="@@channels.edit">
      <app-channel-form [channel]="current.now" [mayMove]="isOwner()" [label]="label" [busy]="submission.isBusy()" [problem]="submission.problem()" (sent)="save($event)" />
      @if (isOwner()) {
        <section class="danger-zone">
          <h3 i18n="@@channels.remove.heading">End the channel</h3>
          <p class="muted" i18n="@@channels.remove.words">Its posts go, for everybody, and nobody can bring them back.</p>
          <button type="button" class="button is-danger" (click)="asking.set(true)"><app-icon name="trash" /><span i18n="@@channels.remove">End the channel</span></button>
        </section>
        <app-dialog [(open)]="asking" heading="End this channel for good?" i18n-heading="@@channels.remove.sure">
          <app-field label="Type the channel's name to go on" i18n-label="@@channels.remove.confirm" [hint]="current.now.title">
            <input #name appControl autocomplete="off" (input)="typed.set(name.value)" />
          </app-field>
          <div dialog-actions>
            <button type="button" class="button is-quiet" (click)="asking.set(false)" i18n="@@channels.cancel">Cancel</button>
            <button type="button" class="button is-danger" [disabled]="!mayRemove()" (click)="remove()" i18n="@@channels.remove">End the channel</button>
          </div>
        </app-dialog>
      }
    </app-sub-page>
  `,
})
export class EditChannel {
  private readonly api = inject(Api);
  private readonly channels = inject(ChannelStore);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  private readonly actions = inject(ChannelActions);
  protected readonly current = inject(CurrentChannel);
  protected readonly label = $localize`:@@channels.save:Save`;
  protected readonly submission = new Submission();
  protected readonly asking = signal(false);
  protected readonly typed = signal('');
  protected readonly isOwner = computed(() => hasRole(this.current.channel(), 'owner'));
  protected readonly mayRemove = computed(() => this.typed().trim() === this.current.channel()?.title);

  protected save(facts: ChannelFacts): Promise<void> {
    const { title, description, topics, language, picture, visibility, handle } = facts;
    const body = this.isOwner() ? { title, description, topics, language, picture, visibility, handle } : { title, description, topics, language, picture };
    return this.submission.run(async () => {
      const params = { path: { channel_id: this.current.now.id } };
      const channel = await this.api.ask((http) => http.PATCH('/v1/channels/{channel_id}', { params, body }));
      this.channels.put(channel);
      this.toasts.show($localize`:@@channels.saved:Saved`);
      await this.router.navigateByUrl(pathOf(channel));
    });
  }

  protected remove(): void {
    this.asking.set(false);
    void this.actions.remove(this.current.now);
  }
}
