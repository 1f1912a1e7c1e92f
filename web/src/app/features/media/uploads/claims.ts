/** Claims an upload for this page, until it is let go of or the page is closed; null where another tab has it. */
export function claim(id: string): Promise<(() => void) | null> {
  if (!('locks' in navigator)) return Promise.resolve(() => undefined);
  return new Promise((done) => {
    void navigator.locks
      .request(`charla.upload.${id}`, { ifAvailable: true }, (lock) => {
        if (!lock) return done(null);
        return new Promise<void>((release) => done(release));
      })
      .catch(() => done(() => undefined));
  });
}
