interface Page {
  /** What `public/early.js` asked for while this was being loaded: answers by method and path. */
  charlaEarly?: Map<string, Promise<Response>>;
}

/** Returns the answer that is on its way already, once; undefined where nobody asked before. */
export function takeEarly(request: Request): Promise<Response> | undefined {
  const { charlaEarly: answers } = globalThis as Page;
  const { pathname, search } = new URL(request.url);
  const key = `${request.method} ${pathname}${search}`;
  const answer = answers?.get(key);
  answers?.delete(key);
  return answer;
}
