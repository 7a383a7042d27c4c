import {
  ACCENT,
  BOTTOM,
  CELL_SIZE,
  columnWidths,
  GAP,
  INK,
  LABEL_WIDTH,
  LONG_TEXT,
  MARGINS,
  PAD,
  printable,
  QUIET,
  SHADE,
  SIZE,
  WIDTH,
} from './page-layout.js';
import { TaggedDocument, type About, type Structure } from './tagged-document.js';

interface Style {
  font: 'text' | 'bold';
  size: number;
  colour: string;
}

/** Writes a form from front to back: headings, pairs of label and text, tables. */
export class Pages {
  private readonly document: TaggedDocument;

  constructor(about: About) {
    this.document = new TaggedDocument(about);
  }

  /** The first page's head: who the form went to, and what it is. */
  title(over: string, title: string, under: string): void {
    this.paragraph('P', over, { font: 'bold', size: 11, colour: QUIET });
    this.space(3);
    this.paragraph('H1', title, { font: 'bold', size: 21, colour: ACCENT });
    this.space(3);
    this.paragraph('P', under, { font: 'text', size: SIZE, colour: QUIET });
    this.space(8);
  }

  /** A heading stays with what follows it. */
  section(title: string): void {
    this.document.keepTogether(90);
    this.space(16);
    this.paragraph('H2', title, { font: 'bold', size: 13, colour: ACCENT });
    this.space(3);
  }

  subsection(title: string): void {
    this.document.keepTogether(64);
    this.space(9);
    this.paragraph('H3', title, { font: 'bold', size: 10.5, colour: ACCENT });
    this.space(3);
  }

  /** A paragraph over the whole width. */
  note(text: string): void {
    this.paragraph('P', text, { font: 'text', size: SIZE, colour: QUIET });
  }

  /** Labels on the left, what they say on the right: a list to whoever hears it read. */
  pairs(pairs: readonly (readonly [label: string, text: string])[]): void {
    const list = this.document.add(this.document.root, 'L');
    for (const [label, text] of pairs) this.pair(list, printable(label), printable(text));
    list.end();
  }

  /** A caption and rows under column headings, which come again on each page. */
  table(caption: string, headings: readonly string[], cells: readonly (readonly string[])[]): void {
    const { document } = this;
    const columns = headings.map(printable);
    const rows = cells.map((row) => row.map(printable));
    document.keepTogether(80);
    this.space(6);
    this.paragraph('P', caption, { font: 'bold', size: SIZE, colour: QUIET });
    this.space(4);
    const table = document.add(document.root, 'Table');
    const widths = columnWidths(columns, rows);
    this.row(table, 'TH', columns, widths);
    for (const row of rows) {
      if (document.pdf.y + this.rowHeight(row, widths, 'text') > BOTTOM) {
        document.pdf.addPage();
        this.row(undefined, 'TH', columns, widths);
      }
      this.row(table, 'TD', row, widths);
    }
    table.end();
    this.space(8);
  }

  finish(header: string, footer: string): Promise<Buffer> {
    return this.document.finish(printable(header), printable(footer));
  }

  private pair(list: Structure, label: string, text: string): void {
    const { document } = this;
    const { pdf } = document;
    // Text that runs on has the whole width, below its label.
    const below = text.length > LONG_TEXT;
    const answer = { width: below ? WIDTH : WIDTH - LABEL_WIDTH - GAP, lineGap: 1.5 };
    const labelled = { width: below ? WIDTH : LABEL_WIDTH };
    const labelHeight = pdf.font('bold').fontSize(SIZE).heightOfString(label, labelled);
    const textHeight = pdf.font('text').fontSize(SIZE).heightOfString(text, answer);
    document.keepTogether(below ? labelHeight + 60 : Math.max(labelHeight, Math.min(textHeight, 80)) + 10);
    document.decorate(() => document.line(pdf.y, 0.5));
    const top = pdf.y + 4;
    const { page } = pdf;
    const item = document.add(list, 'LI');
    document.write(item, 'Lbl', label, () => {
      pdf.font('bold').fontSize(SIZE).fillColor(QUIET).text(label, MARGINS.left, top, labelled);
    });
    const afterLabel = pdf.y;
    document.write(item, 'LBody', text, () => {
      const x = below ? MARGINS.left : MARGINS.left + LABEL_WIDTH + GAP;
      pdf
        .font('text')
        .fontSize(SIZE)
        .fillColor(INK)
        .text(text, x, below ? afterLabel + 3 : top, answer);
    });
    item.end();
    pdf.y = (pdf.page === page ? Math.max(afterLabel, pdf.y) : pdf.y) + 4;
  }

  private row(
    table: Structure | undefined,
    kind: 'TH' | 'TD',
    cells: readonly string[],
    widths: readonly number[],
  ): void {
    const { document } = this;
    const { pdf } = document;
    const font = kind === 'TH' ? 'bold' : 'text';
    const height = this.rowHeight(cells, widths, font);
    const top = pdf.y;
    const draw = (text: string, index: number) => {
      const left = widths.slice(0, index).reduce((sum, width) => sum + width, MARGINS.left + PAD);
      pdf
        .font(font)
        .fontSize(CELL_SIZE)
        .fillColor(INK)
        .text(text, left, top + PAD, { width: widths[index]! - 2 * PAD });
    };
    document.decorate(() => {
      if (kind === 'TH') pdf.rect(MARGINS.left, top, WIDTH, height).fill(SHADE);
      document.line(top + height, 0.5);
      // Headings that come again on a further page were read out once already.
      if (!table) cells.forEach(draw);
    });
    if (table) {
      const row = document.add(table, 'TR');
      const scope = kind === 'TH' ? { scope: 'Column' } : {};
      cells.forEach((text, index) => document.write(row, kind, text, () => draw(text, index), scope));
      row.end();
    }
    pdf.y = top + height;
  }

  private rowHeight(cells: readonly string[], widths: readonly number[], font: Style['font']): number {
    const { pdf } = this.document;
    pdf.font(font).fontSize(CELL_SIZE);
    const heights = cells.map((text, index) => pdf.heightOfString(text || ' ', { width: widths[index]! - 2 * PAD }));
    return Math.max(...heights) + 2 * PAD;
  }

  private paragraph(tag: string, given: string, { font, size, colour }: Style): void {
    const { pdf, root } = this.document;
    const text = printable(given);
    this.document.write(root, tag, text, () => {
      pdf.font(font).fontSize(size).fillColor(colour).text(text, MARGINS.left, pdf.y, { width: WIDTH });
    });
  }

  private space(points: number): void {
    this.document.pdf.y += points;
  }
}
