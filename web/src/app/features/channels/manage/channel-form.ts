import { ChangeDetectionStrategy, Component, computed, effect, inject, input, output, signal, untracked, viewChild } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import type { Channel } from '@core/channels/channel';
import { LANGUAGES, Language } from '@core/language';
import { type ProblemError, asProblem } from '@core/problem';
import type { Schemas } from '@core/wire';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';

import { PictureField } from './picture-field';

export type ChannelFacts = Schemas['ChannelBody'];

/** Which field a refusal belongs to. */
const FIELDS: Readonly<Record<string, string>> = { handle_taken: 'handle', handle_invalid: 'handle' };

/** What a channel's owner says about it. */
@Component({
  selector: 'app-channel-form',
  imports: [Control, Field, Icon, PictureField, ReactiveFormsModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './channel-form.html',
})
export class ChannelForm {
  protected readonly form = inject(NonNullableFormBuilder).group({
    title: '',
    description: '',
    visibility: 'public' as Channel['visibility'],
    handle: '',
    topics: '',
    language: inject(Language).current as string,
  });
  protected readonly languages = LANGUAGES;
  readonly channel = input<Channel>();
  /** Handle and visibility are the owners' to change. */
  readonly mayMove = input(true);
  readonly busy = input(false);
  readonly problem = input<ProblemError | null>(null);
  readonly label = input.required<string>();
  readonly sent = output<ChannelFacts>();
  private readonly values = toSignal(this.form.valueChanges, { initialValue: this.form.getRawValue() });
  protected readonly isPublic = computed(() => this.values().visibility === 'public');
  protected readonly title = computed(() => this.values().title ?? '');
  private readonly picture = viewChild.required(PictureField);
  private readonly unsent = signal<ProblemError | null>(null);
  protected readonly canSend = computed(() => !!this.values().title?.trim());
  protected readonly otherLanguage = computed(() => {
    const language = this.channel()?.language;
    return language && !LANGUAGES.some((each) => each.id === language) ? language : null;
  });

  constructor() {
    effect(() => {
      const id = this.channel()?.id;
      untracked(() => id && this.fill(this.channel()!));
    });
  }

  protected errorAt(field: string): string | null {
    const problem = this.problem();
    return problem && this.placeOf(problem) === field ? problem.words : null;
  }

  protected general(): string | null {
    const problem = this.unsent() ?? this.problem();
    return problem && this.placeOf(problem) === '' ? problem.words : null;
  }

  protected async send(): Promise<void> {
    this.unsent.set(null);
    const picture = await this.picture().take().catch((error: unknown) => this.unsent.set(asProblem(error)));
    if (picture !== undefined) this.emit(picture);
  }

  private emit(picture: string | null): void {
    const { title, description, visibility, handle, topics, language } = this.form.getRawValue();
    this.sent.emit({
      title: title.trim(),
      description: description.trim(),
      visibility,
      handle: handle.trim().replace(/^@/, '') || null,
      topics: topicsOf(topics),
      language,
      picture,
    });
  }

  private placeOf(problem: ProblemError): string {
    const place = FIELDS[problem.code] ?? problem.field ?? '';
    return place in this.form.controls ? place : '';
  }

  private fill({ title, description, visibility, handle, topics, language }: Channel): void {
    this.form.setValue({ title, description, visibility, handle: handle ?? '', topics: topics.join(', '), language });
  }
}

/** Returns the topics that somebody wrote with commas, spaces or # between them; each once. */
export function topicsOf(typed: string): string[] {
  const found = typed.split(/[,;#\n]+/).map((each) => each.trim().toLowerCase());
  return [...new Set(found.filter(Boolean))];
}
