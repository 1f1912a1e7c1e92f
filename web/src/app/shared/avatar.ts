import { ChangeDetectionStrategy, Component, computed, input, output, signal } from '@angular/core';

const COLOURS = 8;

/** A picture of a person or group: their own, or else initials on a colour that their id gives them. */
@Component({
  selector: 'app-avatar',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'avatar', 'aria-hidden': 'true', '[attr.data-colour]': 'colour()', '[attr.data-size]': 'size()' },
  template: `
    @if (shown(); as source) {
      <img [src]="source" alt="" decoding="async" (load)="loaded.emit()" (error)="fail(source)" />
    } @else {
      {{ initials() }}
    }
    @if (online()) {
      <span class="avatar-online"></span>
    }
  `,
})
export class Avatar {
  readonly id = input.required<string>();
  readonly name = input.required<string>();
  readonly picture = input<string | null>(null);
  readonly online = input(false);
  readonly size = input<'small' | 'medium' | 'large'>('medium');

  readonly loaded = output();
  readonly failed = output();

  /** What did not load: the initials stand in its place. */
  private readonly broken = signal<string | null>(null);
  protected readonly shown = computed(() => (this.picture() === this.broken() ? null : this.picture()));
  protected readonly colour = computed(() => colourOf(this.id()));
  protected readonly initials = computed(() => initialsOf(this.name()));

  protected fail(source: string): void {
    this.broken.set(source);
    this.failed.emit();
  }
}

/** Returns which of the eight colours an id has, everywhere and for good. */
export function colourOf(id: string): number {
  let hash = 0;
  for (const each of id) hash = (hash * 31 + each.charCodeAt(0)) >>> 0;
  return hash % COLOURS;
}

/** Returns the first letters of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const ends = words.length > 1 ? [words[0]!, words[words.length - 1]!] : words;
  return ends.map((word) => [...word][0]!.toLocaleUpperCase()).join('');
}
