import { ChangeDetectionStrategy, Component, DestroyRef, ElementRef, afterNextRender, inject, input, signal } from '@angular/core';

import { Icon } from '@shared/icon';

import { Choosing } from './choosing';

/** Takes files that are dropped on what it stands in, or pasted while that is on the screen. */
@Component({
  selector: 'app-drop-zone',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'drop-zone', '[class.is-over]': 'isOver()', 'aria-hidden': 'true' },
  template: `
    <span class="drop-zone-words"><app-icon name="upload" /><span i18n="@@media.drop">Drop files here to send them</span></span>
  `,
})
export class DropZone {
  readonly place = input.required<string>();
  protected readonly isOver = signal(false);
  private readonly choosing = inject(Choosing);
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  /** Entering a child comes before leaving its parent. */
  private depth = 0;

  constructor() {
    const listening = new AbortController();
    inject(DestroyRef).onDestroy(() => listening.abort());
    afterNextRender(() => this.listen(listening.signal));
  }

  private listen(signal: AbortSignal): void {
    const target = this.element.parentElement!;
    target.addEventListener('dragenter', (event) => this.enter(event), { signal });
    target.addEventListener('dragover', (event) => hasFiles(event.dataTransfer) && event.preventDefault(), { signal });
    target.addEventListener('dragleave', () => this.leave(), { signal });
    target.addEventListener('drop', (event) => this.drop(event), { signal });
    document.addEventListener('paste', (event) => this.paste(event), { signal });
  }

  private enter(event: DragEvent): void {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    this.depth++;
    this.isOver.set(true);
  }

  private leave(): void {
    this.depth = Math.max(0, this.depth - 1);
    if (this.depth === 0) this.isOver.set(false);
  }

  private drop(event: DragEvent): void {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    this.depth = 0;
    this.isOver.set(false);
    this.choosing.choose(this.place(), filesOf(event.dataTransfer));
  }

  /** A copied text that has a picture of itself, as from an office program, is pasted as text. */
  private paste(event: ClipboardEvent): void {
    const copied = event.clipboardData;
    if (!hasFiles(copied) || copied?.types.includes('text/plain') || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    this.choosing.choose(this.place(), filesOf(copied));
  }
}

function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') ?? false;
}

/** Folders are left out: their bytes cannot be read as a file. */
function filesOf(data: DataTransfer | null): File[] {
  const items = [...(data?.items ?? [])].filter((each) => each.kind === 'file' && !each.webkitGetAsEntry()?.isDirectory);
  return items.map((each) => each.getAsFile()).filter((each) => each !== null);
}
