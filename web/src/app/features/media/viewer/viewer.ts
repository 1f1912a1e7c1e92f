import { ChangeDetectionStrategy, Component, DestroyRef, ElementRef, afterNextRender, computed, inject, input, linkedSignal, output, signal, viewChild } from '@angular/core';

import { Icon } from '@shared/icon';

import { Downloads } from '../store/downloads';
import { injectItems } from '../store/media-item';
import { nameOf } from '../words/words';

import { Film } from './film';
import { Gestures } from './gestures';
import { Large } from './large';
import { WHOLE, type Zoom, zoomBy } from './zoom';

const KEY_FACTOR = 1.5;

/** Pictures and films over the whole screen: arrows go on, + and - enlarge, Escape closes. */
@Component({
  selector: 'app-viewer',
  imports: [Film, Icon, Large],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { '(keydown)': 'onKey($event)' },
  templateUrl: './viewer.html',
})
export class Viewer {
  readonly ids = input.required<readonly string[]>();
  readonly start = input.required<string>();
  readonly closed = output();

  private readonly downloads = inject(Downloads);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  private readonly stage = viewChild.required<ElementRef<HTMLElement>>('stage');

  private readonly items = injectItems(() => this.ids());
  protected readonly id = linkedSignal(() => this.start());
  protected readonly at = computed(() => this.ids().indexOf(this.id()));
  protected readonly item = computed(() => this.items()[this.at()]);
  protected readonly count = computed(() => this.ids().length);
  protected readonly isFilm = computed(() => this.item()?.kind === 'video');
  protected readonly zoom = linkedSignal<string, Zoom>({ source: this.id, computation: () => WHOLE });
  protected readonly drag = signal({ x: 0, y: 0 });
  protected readonly transform = computed(() => {
    const [{ scale, x, y }, drag] = [this.zoom(), this.drag()];
    return `translate(${x + drag.x}px, ${y + drag.y}px) scale(${scale})`;
  });
  protected readonly label = computed(() => {
    const item = this.item();
    return item && item.kind !== 'unknown' && item.kind !== 'gone' ? nameOf(item.kind) : $localize`:@@media.viewer:Viewer`;
  });

  protected readonly place = computed(() => $localize`:@@media.viewer.place:${this.at() + 1}:number: of ${this.count()}:count:`);

  constructor() {
    const listening = new AbortController();
    inject(DestroyRef).onDestroy(() => listening.abort());
    afterNextRender(() => {
      this.dialog().nativeElement.showModal();
      this.dialog().nativeElement.focus(); // its keys work at once, and no button looks pressed
      new Gestures(this.stage().nativeElement, {
        zoom: () => this.zoom(),
        setZoom: (zoom) => this.isFilm() || this.zoom.set(zoom),
        drag: (x, y) => this.drag.set({ x, y }),
        next: (step) => this.go(step),
        close: () => this.close(),
      }, listening.signal);
    });
  }

  protected go(step: 1 | -1): void {
    const next = this.ids()[this.at() + step];
    if (next) this.id.set(next);
  }

  protected enlarge(factor: number): void {
    if (!this.isFilm()) this.zoom.set(zoomBy(this.zoom(), factor, { x: 0, y: 0 }, this.stage().nativeElement.getBoundingClientRect()));
  }

  protected save(): void {
    void this.downloads.save(this.id());
  }

  protected close(): void {
    this.dialog().nativeElement.close();
  }

  protected onKey(event: KeyboardEvent): void {
    // A film's and a choice's own keys are theirs.
    if ((event.target as Element).matches('video, select') && event.key !== 'Escape') return;
    const keys: Record<string, () => void> = {
      ArrowRight: () => this.go(1),
      ArrowLeft: () => this.go(-1),
      '+': () => this.enlarge(KEY_FACTOR),
      '=': () => this.enlarge(KEY_FACTOR),
      '-': () => this.enlarge(1 / KEY_FACTOR),
      '0': () => this.zoom.set(WHOLE),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}
