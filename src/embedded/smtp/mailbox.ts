import { openExclusively, type Sqlite } from '../mongo/storage/sqlite.js';

/** A mail as one of its recipients got it. */
export interface Mail {
  id: number;
  /** When it came, ISO 8601 with milliseconds. */
  at: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

const COLUMNS = 'id, at, recipient, subject, text, html';
const mailFrom = ([id, at, to, subject, text, html]: unknown[]): Mail => ({ id, at, to, subject, text, html }) as Mail;

/** Received mails on disk, a row for each recipient. */
export class Mailbox {
  private constructor(private readonly sqlite: Sqlite) {
    sqlite.exec(`
      CREATE TABLE IF NOT EXISTS mails (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, recipient TEXT NOT NULL, address TEXT NOT NULL,
        subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS mails_by_address ON mails (address, id);
    `);
  }

  static async open(folder: string): Promise<Mailbox> {
    return new Mailbox(await openExclusively(folder, 'mailbox.db'));
  }

  /** Stores a mail for each of its recipients; on disk when this returns. */
  add(recipients: readonly string[], mail: Omit<Mail, 'id' | 'to' | 'at'>): void {
    const at = new Date().toISOString();
    this.sqlite.run('BEGIN IMMEDIATE', []);
    try {
      for (const to of recipients)
        this.sqlite.run('INSERT INTO mails (at, recipient, address, subject, text, html) VALUES (?, ?, ?, ?, ?, ?)', [
          at,
          to,
          to.toLowerCase(),
          mail.subject,
          mail.text,
          mail.html,
        ]);
      this.sqlite.run('COMMIT', []);
    } catch (error) {
      this.sqlite.run('ROLLBACK', []);
      throw error;
    }
  }

  /** The newest mails, all or those to one address, whatever its case. */
  newest(limit: number, to?: string): Mail[] {
    const rows =
      to === undefined
        ? this.sqlite.all(`SELECT ${COLUMNS} FROM mails ORDER BY id DESC LIMIT ?`, [limit])
        : this.sqlite.all(`SELECT ${COLUMNS} FROM mails WHERE address = ? ORDER BY id DESC LIMIT ?`, [
            to.toLowerCase(),
            limit,
          ]);
    return rows.map(mailFrom);
  }

  byId(id: number): Mail | undefined {
    const row = this.sqlite.get(`SELECT ${COLUMNS} FROM mails WHERE id = ?`, [id]);
    return row && mailFrom(row);
  }

  close(): void {
    this.sqlite.close();
  }
}
