import PDFDocument from 'pdfkit';
import { BOLD_FONT, BOTTOM, LINE, MARGINS, QUIET, TEXT_FONT, WIDTH } from './page-layout.js';

export type Structure = PDFKit.PDFStructureElement;

export interface About {
  title: string;
  author: string;
  subject: string;
  /** Instead of the time of writing: the same content gives the same bytes. */
  createdAt: Date;
}

interface FontkitFont {
  hasGlyphForCodePoint(codePoint: number): boolean;
}

/** An A4 document in which everything drawn is either part of its structure or marked as decoration. */
export class TaggedDocument {
  readonly pdf: PDFKit.PDFDocument;
  readonly root: Structure;
  private readonly chunks: Buffer[] = [];

  constructor({ title, author, subject, createdAt }: About) {
    const made = { Producer: 'Frontdoor', Creator: 'Frontdoor', CreationDate: createdAt };
    this.pdf = new PDFDocument({
      size: 'A4',
      margins: MARGINS,
      bufferPages: true,
      pdfVersion: '1.7',
      lang: 'en-GB',
      tagged: true,
      displayTitle: true,
      info: { Title: title, Author: author, Subject: subject, ...made },
    });
    this.pdf.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    this.pdf.registerFont('text', TEXT_FONT).registerFont('bold', BOLD_FONT);
    this.root = this.pdf.struct('Document');
    this.pdf.addStructure(this.root);
  }

  add(parent: Structure, tag: string): Structure {
    const element = this.pdf.struct(tag);
    parent.add(element);
    return element;
  }

  /** Draws inside a new structure element, so that it is read out as what it is. */
  write(parent: Structure, tag: string, text: string, draw: () => void, options: object = {}): void {
    // What the font cannot draw is at least told to whoever listens, searches or copies.
    const actual = this.lacksGlyphs(text) ? { actual: text } : {};
    parent.add(this.pdf.struct(tag, { ...options, ...actual }, draw));
  }

  /** Draws what is there for the eye alone. */
  decorate(draw: () => void, type: 'Layout' | 'Pagination' = 'Layout'): void {
    this.pdf.markContent('Artifact', { type });
    draw();
    this.pdf.endMarkedContent();
  }

  line(y: number, thickness: number): void {
    const { left } = MARGINS;
    this.pdf
      .moveTo(left, y)
      .lineTo(left + WIDTH, y)
      .lineWidth(thickness)
      .stroke(LINE);
  }

  /** Begins a new page where fewer than so many points are left on this one. */
  keepTogether(points: number): void {
    if (this.pdf.y + points > BOTTOM) this.pdf.addPage();
  }

  /** Ends the document: every page gets `header` above, `footer` and its number below. */
  async finish(header: string, footer: string): Promise<Buffer> {
    const { pdf } = this;
    this.root.end();
    const { count } = pdf.bufferedPageRange();
    for (let page = 0; page < count; page += 1) {
      pdf.switchToPage(page);
      // Below the margin, where text would otherwise begin a new page.
      pdf.page.margins.bottom = 0;
      this.decorate(() => {
        const options = { lineBreak: false, width: WIDTH };
        pdf.font('text').fontSize(8).fillColor(QUIET).text(header, MARGINS.left, 40, options);
        pdf.text(footer, MARGINS.left, 800, options);
        pdf.text(`Page ${page + 1} of ${count}`, MARGINS.left, 800, { ...options, align: 'right' });
        this.line(56, 0.6);
      }, 'Pagination');
    }
    const ended = new Promise((resolve) => pdf.once('end', resolve));
    pdf.end();
    await ended;
    return Buffer.concat(this.chunks);
  }

  private lacksGlyphs(text: string): boolean {
    // PDFKit keeps its fontkit font to itself; its types leave it out.
    const { font } = (this.pdf.font('text') as unknown as { _font: { font: FontkitFont } })._font;
    return [...text].some((character) => character !== '\n' && !font.hasGlyphForCodePoint(character.codePointAt(0)!));
  }
}
