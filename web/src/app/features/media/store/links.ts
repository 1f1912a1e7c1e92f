import { Injectable, type Signal, type WritableSignal, effect, inject, signal, untracked } from '@angular/core';

import { Api } from '@core/api';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';

import { Batch } from './batch';

export type Link = Schemas['LinkView'];

/** A link is renewed when it has less than this to live. */
const MARGIN_MS = 5 * 60_000;
const CHECK_MS = 60_000;

/** Signed links to media: asked for in batches, and renewed before they expire while something on the screen uses them. */
@Injectable({ providedIn: 'root' })
export class Links {
  private readonly api = inject(Api);
  private readonly links = new Map<string, WritableSignal<Link | null>>();
  private readonly users = new Map<string, number>();
  private readonly batch = new Batch((ids) => this.sign(ids));

  constructor() {
    const session = inject(Session);
    setInterval(() => this.renew(), CHECK_MS);
    effect(() => {
      if (!session.isSignedIn()) untracked(() => this.links.forEach((each) => each.set(null)));
    });
  }

  /** The link to a media; null until there is one. */
  of(id: string): Signal<Link | null> {
    return this.entry(id).asReadonly();
  }

  /** Asks for links that are missing or about to expire, and keeps them fresh until the answer is called. */
  use(ids: readonly string[]): () => void {
    for (const id of ids) {
      this.users.set(id, (this.users.get(id) ?? 0) + 1);
      this.want(id);
    }
    return () => ids.forEach((id) => this.drop(id));
  }

  /** Asks for one that is missing or about to expire. */
  want(id: string): void {
    if (!isFresh(untracked(this.entry(id)))) this.batch.add(id);
  }

  /** A link did not work: asks for another one. */
  replace(id: string): void {
    this.batch.add(id);
  }

  /** Returns a link by which browsers save the file. */
  async toSave(id: string): Promise<string> {
    const params = { path: { media_id: id } };
    return (await this.api.ask((http) => http.POST('/v1/media/{media_id}/link', { params, body: { download: true } }))).url;
  }

  private async sign(ids: string[]): Promise<void> {
    const { items } = await this.api.ask((http) => http.POST('/v1/media/links', { body: { ids } }));
    items.forEach((each) => this.entry(each.media_id).set(each));
  }

  private renew(): void {
    [...this.users.keys()].forEach((id) => this.want(id));
  }

  private drop(id: string): void {
    const left = (this.users.get(id) ?? 0) - 1;
    if (left > 0) this.users.set(id, left);
    else this.users.delete(id);
  }

  private entry(id: string): WritableSignal<Link | null> {
    const found = this.links.get(id) ?? signal<Link | null>(null);
    this.links.set(id, found);
    return found;
  }
}

function isFresh(link: Link | null): boolean {
  return link !== null && Date.parse(link.expires_at) - Date.now() > MARGIN_MS;
}

/** Returns the address of a variant of a media. */
export function addressOf(link: Link, variant: string): string {
  return link.url.replace(/\/original\?/, `/${encodeURIComponent(variant)}?`);
}
