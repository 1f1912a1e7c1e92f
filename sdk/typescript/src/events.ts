/** Something that happened. */
export interface ChatEvent {
  /**
   * Such as `message.created`, `post.published`, `conversation.joined` or `typing`; docs/wire-api.md has all.
   * `conversation.reset` and `channel.reset` say that older data was restored: fetch the place anew.
   */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly conversationId?: string;
  readonly channelId?: string;
  /** Its `ver` in a conversation, its `seq` in a channel; not there for what has none and may be missed. */
  readonly number?: number;
}

export type Handler = (event: ChatEvent) => unknown;
/** Told what a handler threw; the event counts as handled all the same. */
export type OnHandlerError = (error: unknown, event: ChatEvent) => void;

/** Which function handles which events. */
export class Handlers {
  private readonly byType = new Map<string, Set<Handler>>();

  constructor(private readonly onError: OnHandlerError) {}

  /** Lets a function handle the events of a type, `*` being all; returns how to end that. */
  add(type: string, handler: Handler): () => void {
    const found = this.byType.get(type) ?? new Set();
    this.byType.set(type, found.add(handler));
    return () => void found.delete(handler);
  }

  /** Calls all handlers of an event, one after the other. */
  async handle(event: ChatEvent): Promise<void> {
    for (const handler of [...(this.byType.get(event.type) ?? []), ...(this.byType.get('*') ?? [])]) {
      try {
        await handler(event);
      } catch (error) {
        this.onError(error, event);
      }
    }
  }
}
