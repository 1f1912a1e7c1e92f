import { NgTemplateOutlet } from '@angular/common';
import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from '@angular/core';

import { Session } from '@core/session';
import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import { type Formatted, type Piece, type Stretch, piecesOf, safeUrl } from '../text/entities';
import { linked } from '../text/links';

const FEW_EMOJI =
  /^(?:(?:\p{RI}{2}|\p{Emoji_Presentation}|\p{Emoji}\ufe0f)(?:\p{EMod}|\u200d(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f?)\p{EMod}?)*\s*){1,3}$/u;
const LONGEST_FEW = 60;

/** A text by its entities. What strangers wrote reaches the document as text nodes alone. */
@Component({
  selector: 'app-rich-text',
  imports: [Icon, NgTemplateOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'rich-text', dir: 'auto', '[class.is-jumbo]': 'isJumbo()' },
  templateUrl: './rich-text.html',
})
export class RichText {
  readonly content = input.required<Formatted>();
  /** Somebody who is mentioned was pressed. */
  readonly person = output<string>();

  private readonly me = inject(Session).me;
  private readonly toasts = inject(Toasts);
  protected readonly revealed = signal(false);
  protected readonly pieces = computed(() => piecesOf(linked(this.content())));
  protected readonly isJumbo = computed(() => {
    const { text, entities } = this.content();
    return entities.length === 0 && text.length <= LONGEST_FEW && FEW_EMOJI.test(text);
  });
  protected readonly safeUrl = safeUrl;

  protected list(pieces: unknown): readonly Piece[] {
    return pieces as readonly Piece[];
  }

  protected textOf(piece: Piece): string | null {
    return typeof piece === 'string' ? piece : null;
  }

  protected asStretch(piece: Piece): Stretch | null {
    return typeof piece === 'string' ? null : piece;
  }

  /** Blocks stand on lines of their own: the line breaks around them are not shown as well. */
  protected trimmed(piece: string, before: Piece | undefined, behind: Piece | undefined): string {
    const lead = isBlock(before) ? piece.replace(/^\n/, '') : piece;
    return isBlock(behind) ? lead.replace(/\n$/, '') : lead;
  }

  protected words(piece: Piece): string {
    return typeof piece === 'string' ? piece : piece.pieces.map((each) => this.words(each)).join('');
  }

  protected isMe(id: string | undefined): boolean {
    return id !== undefined && id === this.me()?.id;
  }

  protected async copy(words: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(words);
      this.toasts.show($localize`:@@messages.copied:Copied`);
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}

function isBlock(piece: Piece | undefined): boolean {
  return typeof piece === 'object' && piece.entity.type === 'pre';
}
