import type { Api } from './api.js';
import { isTemporary, ProblemError } from './errors.js';
import type { ChatEvent } from './events.js';
import type { Body, Outbox, Sending } from './outbox.js';
import { Bell, Pause, type Pace, type Stop } from './pace.js';
import type { Store } from './storage.js';
import type { Schemas } from './wire.js';

type Message = Schemas['MessageView'];
type CommandBody = Schemas['CommandBody'];

/** What was told to all conversations last. */
const TOLD = 'commands';

/** Somebody has sent a command. */
export class Command {
  private answers = 0;

  constructor(
    readonly name: string,
    /** What came after its name. */
    readonly text: string,
    readonly message: Message,
    private readonly outbox: Outbox,
  ) {}

  get conversationId(): string {
    return this.message.conversation_id;
  }

  /** Answers; under an id made of the message's, so that a program that meets the command again answers once. */
  reply(text: string, fields: Omit<Body, 'text'> = {}): Promise<Sending> {
    const client_msg_id = `answer-${this.answers++}-${this.message.id}`;
    return this.outbox.add(this.conversationId, { client_msg_id, ...fields, text });
  }
}

export type Answering = (command: Command) => unknown;

/** While the client runs: how to stop, and whom to tell of what ends it. */
interface Running {
  readonly stopped: Stop;
  readonly fail: (failure: unknown) => void;
}

/** Tells conversations which commands there are, and calls who answers them. */
export class Commands {
  private readonly known = new Map<string, { body: CommandBody; answer: Answering }>();
  private readonly joined: string[] = [];
  private readonly bell = new Bell();
  private ending: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: Api,
    private readonly store: Store,
    private readonly outbox: Outbox,
    private readonly pace: Pace,
  ) {}

  add(body: CommandBody, answer: Answering): void {
    this.known.set(body.name, { body, answer });
  }

  /** Answers a message that is a command of this account, said by somebody else. */
  async onMessage(event: ChatEvent, userId: string): Promise<void> {
    const message = event.data as unknown as Message;
    const entity = message.entities.find((each) => each.type === 'command');
    if (!entity || entity.user_id !== userId || message.author_id === userId) return;
    const [name, text] = [message.text.slice(1, entity.length), message.text.slice(entity.length).trim()];
    const known = this.known.get(name.toLowerCase());
    await known?.answer(new Command(name.toLowerCase(), text, message, this.outbox));
  }

  /** Lets a conversation be told that is new. */
  onJoined(event: ChatEvent): void {
    if (!this.known.size || event.conversationId === undefined) return;
    this.joined.push(event.conversationId);
    this.bell.ring();
  }

  /** Tells all conversations where anything is new, and later those that are joined. */
  start(running: Running): void {
    running.stopped.add(() => this.bell.ring());
    this.ending = this.run(running.stopped).catch(running.fail);
  }

  ended(): Promise<void> {
    return this.ending;
  }

  private async run(stopped: Stop): Promise<void> {
    const pause = new Pause(this.pace, stopped);
    const wanted = [...this.known.values()].map((each) => each.body).sort((a, b) => (a.name < b.name ? -1 : 1));
    const digest = JSON.stringify(wanted);
    if ((this.store.fact(TOLD) ?? '[]') !== digest) {
      for (const id of (await this.patiently(() => this.conversations(), pause)) ?? []) await this.tell(id, wanted, pause);
      if (!stopped.isSet) await this.store.setFact(TOLD, digest);
    }
    while (!stopped.isSet) {
      const id = this.joined.shift();
      if (id === undefined) await this.bell.heard();
      else await this.tell(id, wanted, pause);
    }
  }

  private async conversations(): Promise<string[]> {
    const found: string[] = [];
    for (const archived of [false, true]) {
      let after: string | undefined;
      do {
        const query = { limit: 100, archived, ...(after !== undefined && { after }) };
        const page = await this.api.ask((http) => http.GET('/v1/conversations', { params: { query } }));
        found.push(...page.items.map((each) => each.id));
        after = page.next ?? undefined;
      } while (after !== undefined);
    }
    return found;
  }

  /** Tells one conversation; a name that somebody else has there is left out. */
  private async tell(conversation_id: string, wanted: readonly CommandBody[], pause: Pause): Promise<void> {
    const path = '/v1/conversations/{conversation_id}/commands';
    let commands = [...wanted];
    for (;;) {
      const [params, body] = [{ path: { conversation_id } }, { commands }];
      try {
        await this.patiently(() => this.api.ask((http) => http.PUT(path, { params, body })), pause);
        return;
      } catch (failure) {
        if (!(failure instanceof ProblemError)) throw failure;
        const fewer = commands.filter((each) => failure.code !== 'command_taken' || each.name !== failure.facts['name']);
        // Also where one has left meanwhile, and what is no command.
        if (fewer.length === commands.length) return;
        commands = fewer;
      }
    }
  }

  /** Asks until there is an answer, or everything stops. */
  private async patiently<T>(ask: () => Promise<T>, pause: Pause): Promise<T | undefined> {
    while (!pause.isOver) {
      try {
        const answer = await ask();
        pause.reset();
        return answer;
      } catch (failure) {
        if (!isTemporary(failure)) throw failure;
        await pause.after(failure);
      }
    }
    return undefined;
  }
}
