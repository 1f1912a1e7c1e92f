/** A TCP proxy in front of the stack, to break what a client stands on. */
import { createServer, connect } from 'node:net';

export class TcpProxy {
  /** `open` passes all on; `deaf` keeps answers back; `cut` has no connections. */
  state = 'open';
  #open = new Set();
  #server;

  static async before(url) {
    const proxy = new TcpProxy();
    const { hostname, port } = new URL(url);
    proxy.#server = createServer((client) => proxy.#passOn(client, connect(Number(port), hostname)));
    await new Promise((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    proxy.url = `http://127.0.0.1:${proxy.#server.address().port}`;
    return proxy;
  }

  cut() {
    this.state = 'cut';
    this.#endAll();
  }

  mend() {
    if (this.state === 'deaf') this.#endAll();
    this.state = 'open';
  }

  close() {
    this.cut();
    this.#server.close();
  }

  #endAll() {
    this.#open.forEach((each) => each.destroy());
  }

  #passOn(client, server) {
    for (const [source, sink] of [[client, server], [server, client]]) {
      this.#open.add(source);
      source.on('error', () => undefined);
      source.on('close', () => {
        this.#open.delete(source);
        sink.destroy();
      });
      source.on('data', (data) => {
        if (this.state === 'open' || source === client) sink.write(data);
      });
    }
    if (this.state === 'cut') client.destroy();
  }
}
