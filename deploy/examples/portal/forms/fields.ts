/** What a browser sent, by name; a name may come more than once. */
export class Fields {
  constructor(private readonly sent: URLSearchParams | FormData) {}

  /** The text under the name, without white space around it; empty where there is none. */
  text(name: string): string {
    const value = this.sent.get(name);
    return typeof value === 'string' ? value.trim() : '';
  }

  /** The text just as it was typed, its line breaks as one character. */
  raw(name: string): string {
    const value = this.sent.get(name);
    return typeof value === 'string' ? value.replace(/\r\n?/g, '\n') : '';
  }

  all(name: string): string[] {
    return this.sent.getAll(name).filter((value) => typeof value === 'string');
  }

  file(name: string): File | undefined {
    const value = this.sent.get(name);
    return value instanceof File && value.size > 0 ? value : undefined;
  }

  set(name: string, value: string): void {
    this.sent.set(name, value);
  }
}
