import { aProblem } from './wire';

interface Stored {
  length: number;
  bytes: Uint8Array[];
  offset: number;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

type Fault = { status: number; code?: string; headers?: Record<string, string> } | 'cut';

/**
 * A tus server at the edge of HTTP: it answers `fetch` and XMLHttpRequest. `faults` are what the next requests of a
 * method meet instead; `cut` keeps half of a body and loses the connection.
 */
export class TusServer {
  readonly uploads = new Map<string, Stored>();
  readonly requests: { method: string; path: string; token: string | null; offset: number | null }[] = [];
  readonly faults: { method: string; fault: Fault }[] = [];
  tokens: ReadonlySet<string> | null = null;
  /** Bodies wait until `open` is called. */
  private gate: Promise<void> = Promise.resolve();
  private openGate: () => void = () => undefined;
  /** Uploads that a body is being sent to: others get 423. */
  private readonly locked = new Set<Stored>();
  mostRunning = 0;

  get running(): number {
    return this.locked.size;
  }

  private made = 0;

  constructor(readonly origin: string) {
    const make = () => new FakeXhr(this);
    vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => this.create(new Request(input, init)));
    // A constructor that returns an object makes that one.
    vi.stubGlobal('XMLHttpRequest', function () {
      return make();
    });
  }

  close(): void {
    this.gate = new Promise((open) => (this.openGate = open));
  }

  open(): void {
    this.openGate();
  }

  fail(method: string, ...faults: Fault[]): void {
    this.faults.push(...faults.map((fault) => ({ method, fault })));
  }

  methods(): string[] {
    return this.requests.map((each) => each.method);
  }

  textOf(id: string): string {
    const parts = this.uploads.get(id)?.bytes ?? [];
    return parts.map((each) => new TextDecoder().decode(each)).join('');
  }

  private async create(request: Request): Promise<Response> {
    const fault = this.meet(request.method, new URL(request.url).pathname, bearerOf(request.headers.get('Authorization')), null);
    if (fault === 'cut') throw new TypeError('Failed to fetch');
    if (fault) return aProblem(fault.status, fault.code ?? 'refused');
    if (request.method === 'DELETE') return new Response(null, { status: 204 });
    const id = `media-${++this.made}`;
    this.uploads.set(id, { length: Number(request.headers.get('Upload-Length')), bytes: [], offset: 0 });
    return new Response(null, { status: 201, headers: { Location: `/uploads/${id}`, 'Charla-Media-Id': id } });
  }

  /** Returns the status and headers for one request about an upload. */
  async answer(method: string, path: string, headers: Map<string, string>, body: Blob | null, isAborted: () => boolean): Promise<Answer | null> {
    const offset = headers.has('upload-offset') ? Number(headers.get('upload-offset')) : null;
    const fault = this.meet(method, path, bearerOf(headers.get('authorization') ?? null), offset);
    const upload = this.uploads.get(path.split('/').pop()!);
    if (fault && fault !== 'cut') return { status: fault.status, headers: fault.headers ?? {}, body: JSON.stringify({ code: fault.code }) };
    if (!upload) return { status: 404, headers: {}, body: JSON.stringify({ code: 'unknown_upload' }) };
    if (this.locked.has(upload)) return { status: 423, headers: {}, body: JSON.stringify({ code: 'upload_locked' }) };
    if (method === 'HEAD') return { status: 200, headers: stateOf(upload), body: '' };
    if (offset !== upload.offset) return { status: 409, headers: stateOf(upload), body: JSON.stringify({ code: 'offset_mismatch' }) };
    this.locked.add(upload);
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await this.gate;
    const bytes = isAborted() ? new Uint8Array() : new Uint8Array(await bytesOf(body!));
    this.locked.delete(upload);
    const kept = fault === 'cut' ? bytes.slice(0, bytes.length / 2) : bytes;
    upload.bytes.push(kept);
    upload.offset += kept.length;
    return fault === 'cut' ? null : { status: 204, headers: stateOf(upload), body: '' };
  }

  private meet(method: string, path: string, token: string | null, offset: number | null): Fault | null {
    this.requests.push({ method, path, token, offset });
    if (this.tokens && !this.tokens.has(token ?? '')) return { status: 401, code: 'token_expired' };
    const index = this.faults.findIndex((each) => each.method === method);
    return index < 0 ? null : this.faults.splice(index, 1)[0]!.fault;
  }
}

function stateOf(upload: Stored): Record<string, string> {
  const over: Record<string, string> = upload.offset === upload.length ? { 'Charla-Media-State': 'queued' } : {};
  return { 'Upload-Offset': String(upload.offset), 'Upload-Length': String(upload.length), ...over };
}

function bearerOf(header: string | null): string | null {
  return header?.replace('Bearer ', '') ?? null;
}

/** jsdom's blobs, unlike Node's, cannot be read by `arrayBuffer`. */
function bytesOf(body: Blob): Promise<ArrayBuffer> {
  if ('arrayBuffer' in body) return body.arrayBuffer();
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result as ArrayBuffer);
    reader.readAsArrayBuffer(body);
  });
}

/** As much of XMLHttpRequest as an uploading client uses. */
class FakeXhr {
  status = 0;
  responseText = '';
  readonly upload: { onprogress: ((event: { lengthComputable: boolean; loaded: number; total: number }) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: ((error: unknown) => void) | null = null;
  private method = '';
  private path = '';
  private isAborted = false;
  private readonly headers = new Map<string, string>();
  private answered: Record<string, string> = {};

  constructor(private readonly server: TusServer) {}

  open(method: string, url: string): void {
    this.method = method;
    this.path = new URL(url).pathname;
  }

  setRequestHeader(name: string, value: string): void {
    this.headers.set(name.toLowerCase(), value);
  }

  getResponseHeader(name: string): string | null {
    return this.answered[name] ?? null;
  }

  abort(): void {
    this.isAborted = true;
  }

  send(body: Blob | null): void {
    if (body) this.upload.onprogress?.({ lengthComputable: true, loaded: 1, total: body.size });
    void this.server.answer(this.method, this.path, this.headers, body, () => this.isAborted).then((answer) => {
      if (this.isAborted) return;
      if (!answer) return this.onerror?.(new ProgressEvent('error'));
      this.status = answer.status;
      this.responseText = answer.body;
      this.answered = answer.headers;
      this.onload?.();
    });
  }
}
