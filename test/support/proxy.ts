/** A proxy that wants a user and a password, and gives them back in whatever it says. */
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ProxyOptions {
  readonly user: string
  readonly password: string
  /** Its answer to everybody; with 200 it opens the tunnel for whoever has the password. */
  readonly status?: number
}

export interface GuardedProxy {
  /** For `HTTPS_PROXY`, with user and password. */
  readonly url: string
  /** `Proxy-Authorization` of each request. */
  readonly seen: string[]
  /** Everything that the proxy itself has said. */
  readonly said: string[]
  close(): Promise<void>
}

export async function openProxy({ user, password, status = 200 }: ProxyOptions): Promise<GuardedProxy> {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const seen: string[] = []
  const said: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer()
  server.on('connect', (request, socket: Socket) => {
    const given = String(request.headers['proxy-authorization'])
    seen.push(given)
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    const head = (code: number): string =>
      `HTTP/1.1 ${code} ${given}\r\nX-Credentials: ${given}, ${user}:${encodeURIComponent(password)}\r\n`
    const say = (text: string): string => {
      said.push(text)
      return text
    }
    const refuse = (code: number): void => {
      const body = `${given} ${user} ${password}`
      socket.end(say(`${head(code)}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`))
    }
    if (status !== 200 || given !== wanted) {
      refuse(status === 200 ? 407 : status)
      return
    }
    const [host = '', port = ''] = (request.url ?? '').split(':')
    let open = false
    const target = connect(Number(port), host === 'localhost' ? '127.0.0.1' : host, () => {
      open = true
      socket.write(say(`${head(200)}\r\n`))
      target.pipe(socket)
      socket.pipe(target)
    })
    sockets.add(target)
    target.on('error', () => (open ? socket.destroy() : refuse(502)))
    socket.on('close', () => target.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return {
    url: `http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@localhost:${(server.address() as AddressInfo).port}`,
    seen,
    said,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
