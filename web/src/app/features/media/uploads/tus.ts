import { ProblemError } from '@core/problem';

const HEADERS = { 'Tus-Resumable': '1.0.0' };
/** A connection over which nothing went for so long is dead, even if the browser does not know yet. */
const SILENCE_MS = 45_000;
/** After the last byte the server stores the whole, perhaps far away. */
const STORING_MS = 300_000;

/** Gives a valid access token, and hears of one that was refused. */
export interface Tokens {
  token(): Promise<string | null>;
  reject(token: string): void;
}

/** What is to be sent where. */
export interface Sending {
  readonly url: string;
  readonly bytes: Blob;
  readonly tokens: Tokens;
  readonly onProgress: (sentBytes: number) => void;
}

/** What the server said after the last byte: whether it will process the file, or why not. */
export interface Received {
  readonly state: string;
  readonly error: string | null;
}

/**
 * Announces a file to the server.
 *
 * Returns the id of the media that it becomes. Throws a ProblemError where it is refused.
 */
export async function announce(origin: string, file: { name: string; type: string; size: number }, tokens: Tokens): Promise<string> {
  const token = await tokens.token();
  const answer = await fetch(`${origin}/uploads`, {
    method: 'POST',
    headers: {
      ...HEADERS,
      Authorization: `Bearer ${token}`,
      'Upload-Length': String(file.size),
      'Upload-Metadata': `filename ${base64(file.name)},filetype ${base64(file.type)}`,
    },
  }).catch(() => {
    throw ProblemError.offline();
  });
  if (answer.status === 401 && token) tokens.reject(token);
  const id = answer.headers.get('Charla-Media-Id');
  if (!answer.ok || !id) throw await ProblemError.of(answer);
  return id;
}

/**
 * Sends what the server does not have yet.
 *
 * Throws a ProblemError where that breaks; asked again it goes on from there. Throws `signal.reason` when aborted.
 */
export async function send(sending: Sending, signal: AbortSignal): Promise<Received> {
  const { Upload } = await import('tus-js-client');
  signal.throwIfAborted();
  let token: string | null = null;
  return new Promise((done, fail) => {
    const watch = new Watchdog(() => {
      void upload.abort(false);
      fail(ProblemError.offline());
    });
    const upload = new Upload(sending.bytes as File, {
      uploadUrl: sending.url, // without an endpoint: a file that was announced never begins anew under another id
      retryDelays: null, // `Uploads` tries again, since it knows of the network and of pauses
      storeFingerprintForResuming: false,
      onBeforeRequest: async (request) => {
        token = await sending.tokens.token();
        request.setHeader('Authorization', `Bearer ${token}`);
      },
      onProgress: (bytes) => {
        watch.feed(bytes < sending.bytes.size ? SILENCE_MS : STORING_MS);
        sending.onProgress(bytes);
      },
      onSuccess: ({ lastResponse }) => {
        watch.end();
        done({
          state: lastResponse.getHeader('Charla-Media-State') ?? 'queued',
          error: lastResponse.getHeader('Charla-Media-Error') ?? null,
        });
      },
      onError: (error) => {
        watch.end();
        const problem = problemOf(error);
        if (problem.status === 401 && token) sending.tokens.reject(token);
        fail(problem);
      },
    });
    signal.addEventListener('abort', () => {
      watch.end();
      void upload.abort(false);
      fail(signal.reason as Error);
    });
    upload.start();
  });
}

/** Calls `bark` unless it is fed in time. */
class Watchdog {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly bark: () => void) {
    this.feed(SILENCE_MS);
  }

  feed(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.bark, ms);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

interface TusResponse {
  getStatus(): number;
  getBody(): string;
  getHeader(name: string): string | undefined;
}

function problemOf(error: unknown): ProblemError {
  const { originalResponse: answer, causingError } = error as { originalResponse?: TusResponse | null; causingError?: unknown };
  if (causingError instanceof ProblemError) return causingError;
  if (!answer?.getStatus()) return ProblemError.offline();
  const status = answer.getStatus();
  const seconds = Number(answer.getHeader('Retry-After'));
  return new ProblemError({
    code: status >= 500 ? 'unavailable' : 'unknown',
    ...facts(answer.getBody()),
    status,
    retry_after_s: seconds > 0 ? seconds : undefined,
  });
}

/** A HEAD has no body, and what stands between may answer with a page. */
function facts(body: string): { code?: string } {
  try {
    return JSON.parse(body) as { code?: string };
  } catch {
    return {};
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
