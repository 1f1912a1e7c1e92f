import { ChangeDetectionStrategy, Component, Injectable, computed, inject, input } from '@angular/core';

import { Session } from '@core/session';
import { type Message, People } from '@core/store';

type Said = Pick<Message, 'author_id' | 'text'>;

/** Puts the phrases of system messages (`member.added:<user>` …) into words. */
@Injectable({ providedIn: 'root' })
export class SystemWords {
  private readonly people = inject(People);
  private readonly me = inject(Session).me;

  of({ author_id, text }: Said): string {
    const colon = text.indexOf(':');
    const subject = text.slice(colon + 1);
    const isMe = author_id === this.me()?.id;
    const who = this.name(author_id);
    switch (text.slice(0, colon)) {
      case 'member.added':
        return this.added(isMe, who, subject);
      case 'member.removed':
        return this.removed(isMe, who, subject);
      case 'member.left':
        return isMe ? $localize`:@@chat.system.you_left:You left` : $localize`:@@chat.system.left:${who}:name: left`;
      case 'title.changed':
        return isMe
          ? $localize`:@@chat.system.you_renamed:You changed the name to “${subject}:title:”`
          : $localize`:@@chat.system.renamed:${who}:name: changed the name to “${subject}:title:”`;
      default:
        return $localize`:@@chat.system.other:Something changed here`;
    }
  }

  private added(isMe: boolean, who: string, subject: string): string {
    const other = this.name(subject);
    if (isMe) return $localize`:@@chat.system.you_added:You added ${other}:other:`;
    if (subject === this.me()?.id) return $localize`:@@chat.system.added_you:${who}:name: added you`;
    return $localize`:@@chat.system.added:${who}:name: added ${other}:other:`;
  }

  private removed(isMe: boolean, who: string, subject: string): string {
    const other = this.name(subject);
    if (isMe) return $localize`:@@chat.system.you_removed:You removed ${other}:other:`;
    return $localize`:@@chat.system.removed:${who}:name: removed ${other}:other:`;
  }

  private name(id: string): string {
    return this.people.get(id)?.display_name ?? '…';
  }
}

@Component({
  selector: 'app-system-line',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `{{ words() }}`,
})
export class SystemLine {
  readonly message = input.required<Said>();
  private readonly system = inject(SystemWords);
  protected readonly words = computed(() => this.system.of(this.message()));
}
