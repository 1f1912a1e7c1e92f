import { ApplicationRef, EnvironmentInjector, Injectable, createComponent, inject } from '@angular/core';

/** The pictures and films of one message that is on the screen. */
interface Offer {
  readonly id: string;
  readonly createdAt: string;
  readonly ids: readonly string[];
}

/** Opens the viewer over everything that is on the screen, in its order. */
@Injectable({ providedIn: 'root' })
export class Viewing {
  private readonly application = inject(ApplicationRef);
  private readonly environmentInjector = inject(EnvironmentInjector);
  private readonly offers = new Set<Offer>();
  private isOpen = false;

  /** Says what can be viewed, until the answer is called. */
  offer(offer: Offer): () => void {
    this.offers.add(offer);
    return () => this.offers.delete(offer);
  }

  /** Shows one media; the others are a key press away. Focus returns to `opener`. */
  async open(mediaId: string, opener: HTMLElement): Promise<void> {
    if (this.isOpen) return;
    this.isOpen = true;
    try {
      const { Viewer } = await import('./viewer');
      const viewer = createComponent(Viewer, { environmentInjector: this.environmentInjector });
      viewer.setInput('ids', this.inOrder(mediaId));
      viewer.setInput('start', mediaId);
      viewer.instance.closed.subscribe(() => {
        viewer.destroy();
        this.isOpen = false;
        if (opener.isConnected) opener.focus();
      });
      document.body.append(viewer.location.nativeElement as HTMLElement);
      this.application.attachView(viewer.hostView);
    } catch (error) {
      this.isOpen = false;
      throw error;
    }
  }

  /** A file that is shown alone is viewed alone. */
  private inOrder(mediaId: string): readonly string[] {
    const offers = [...this.offers].sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
    const all = [...new Set(offers.flatMap((each) => each.ids))];
    return all.includes(mediaId) ? all : [mediaId];
  }
}
