import { ChangeDetectionStrategy, Component, computed, effect, inject, input, model, output, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { ProblemError } from '@core/problem';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

import { Attachments, MediaStore, Uploads } from '../../media';
import { Intention } from '../../payments';

import type { Creative, CreativeKind } from '../ads';
import { AdPreview } from '../reader/ad-preview';
import { kindWords } from '../words';

import { Campaigns, type CreativeFacts } from './campaigns';

const KINDS: readonly CreativeKind[] = ['text', 'picture', 'video'];
const HTTPS = /^https:\/\/[^\s/]+\.[^\s/]+/u;

/** Writes an ad: what it shows, and where it leads; beside it, how readers will see it. */
@Component({
  selector: 'app-creative-dialog',
  imports: [AdPreview, Attachments, Control, Dialog, Field, Icon, Notice, ReactiveFormsModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './creative-dialog.html',
})
export class CreativeDialog {
  private readonly campaigns = inject(Campaigns);
  private readonly uploads = inject(Uploads);
  private readonly store = inject(MediaStore);
  readonly campaignId = input.required<string>();
  readonly advertiser = input.required<string>();
  /** What is changed; null for a new one. */
  readonly creative = input<Creative | null>(null);
  readonly open = model(false);
  readonly saved = output<void>();
  protected readonly kinds = KINDS.map((id) => ({ id, name: kindWords(id) }));
  protected readonly form = inject(NonNullableFormBuilder).group({ kind: 'text' as CreativeKind, title: '', body: '', url: '' });
  private readonly values = toSignal(this.form.valueChanges, { initialValue: this.form.getRawValue() });
  protected readonly kind = computed(() => this.values().kind ?? 'text');
  protected readonly place = computed(() => `ad:${this.campaignId()}`);
  protected readonly chosen = computed(() => this.uploads.of(this.place())());
  private readonly kept = signal<string | null>(null);
  protected readonly isTried = signal(false);
  protected readonly sending = new Submission({ unknown_media: 'media_id', media_not_ready: 'media_id', media_kind_mismatch: 'media_id', media_id: 'media_id', invalid_url: 'url', url: 'url', title: 'title' });
  private readonly intention = new Intention();
  protected readonly heading = computed(() => (this.creative() ? $localize`:@@ads.creative.edit.heading:Change the ad` : $localize`:@@ads.creative.new:New ad`));
  protected readonly shown = computed(() => {
    const { title, body, url } = this.values();
    const media_id = this.kind() === 'text' ? null : this.kept();
    return { id: 'preview', title: title || $localize`:@@ads.creative.title.example:Your title`, body: body ?? '', url: url || 'https://', media_id };
  });
  protected readonly titleError = computed(() => (this.isTried() && !this.values().title?.trim() ? $localize`:@@ads.creative.title.missing:Give it a title.` : this.sending.at('title')));
  protected readonly urlError = computed(() => (this.isTried() && !HTTPS.test(this.values().url?.trim() ?? '') ? $localize`:@@ads.creative.url.wrong:Give a whole address that begins with https://.` : this.sending.at('url')));
  protected readonly mediaError = computed(() => {
    const isMissing = this.isTried() && this.kind() !== 'text' && !this.kept() && !this.chosen().length;
    return isMissing ? $localize`:@@ads.creative.media.missing:Choose a file first.` : this.sending.at('media_id');
  });

  constructor() {
    effect(() => {
      const wanted = this.open();
      untracked(() => (wanted ? this.begin() : this.drop()));
    });
  }

  protected choose(files: HTMLInputElement): void {
    const file = files.files?.[0];
    this.drop();
    if (file) this.uploads.add(this.place(), [file]);
    files.value = '';
    // Its id is known as soon as it is announced: so the preview shows it while it is on its way.
    void this.take().catch(() => undefined);
  }

  protected submit(): void {
    this.isTried.set(true);
    if (this.titleError() || this.urlError() || this.mediaError()) return;
    void this.sending.run(async () => {
      await this.take();
      await this.prepared();
      if (!this.open()) return;
      await this.save(this.facts());
      this.open.set(false);
      this.saved.emit();
    });
  }

  /** Waits until the file can be shown. */
  private async prepared(): Promise<void> {
    const { media_id } = this.facts();
    const media = media_id ? await this.store.settled(media_id) : null;
    if (media?.state === 'failed') throw new ProblemError({ code: media.error ?? 'media_invalid', status: 400, field: 'media_id' });
  }

  private async save(facts: CreativeFacts): Promise<void> {
    const creative = this.creative();
    if (creative) await this.campaigns.updateCreative(creative, facts);
    else await this.campaigns.createCreative(this.intention.keyFor(this.campaignId(), facts), this.campaignId(), facts);
    this.intention.done();
  }

  private facts(): CreativeFacts {
    const { kind, title, body, url } = this.form.getRawValue();
    return { kind, title: title.trim(), body: body.trim(), url: url.trim(), media_id: kind === 'text' ? null : this.kept() };
  }

  private async take(): Promise<void> {
    const [taken] = await this.uploads.take(this.place());
    if (taken) this.kept.set(taken);
  }

  private begin(): void {
    const { kind, title, body, url, media_id } = this.creative() ?? { kind: 'text' as const, title: '', body: '', url: '', media_id: null };
    this.form.setValue({ kind, title, body, url });
    this.kept.set(media_id);
    this.isTried.set(false);
    this.sending.problem.set(null);
  }

  private drop(): void {
    this.chosen().forEach((each) => this.uploads.cancel(each));
  }
}
