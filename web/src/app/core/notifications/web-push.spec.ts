import { bytesOf } from './web-push';

describe('bytesOf', () => {
  it('reads base64url, as VAPID keys are written', () => {
    expect([...bytesOf('-_8AAQ')]).toEqual([251, 255, 0, 1]);
  });
});
