import { crc32, deflateRawSync } from 'node:zlib';

/** A file to put in a zip; the optional members make it lie. */
export interface Part {
  name: string;
  content: Buffer | string;
  stored?: boolean;
  localName?: string;
  claimedSize?: number;
  crc?: number;
  flags?: number;
  method?: number;
  /** Bytes between this file and the next. */
  behind?: Buffer;
  extra?: Buffer;
}

export interface ZipOptions {
  before?: Buffer;
  after?: Buffer;
  comment?: Buffer;
  claimedCount?: number;
}

/** A zip, as its format is: also as no honest program writes it. */
export function makeZip(
  parts: Part[],
  { before = Buffer.alloc(0), after = Buffer.alloc(0), comment = Buffer.alloc(0), claimedCount }: ZipOptions = {},
): Buffer {
  const files: Buffer[] = [before];
  const directory: Buffer[] = [];
  let offset = before.length;
  for (const part of parts) {
    const content = Buffer.from(part.content as string);
    const packed = part.stored ? content : deflateRawSync(content);
    const name = Buffer.from(part.name);
    const localName = Buffer.from(part.localName ?? part.name);
    const extra = part.extra ?? Buffer.alloc(0);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(part.flags ?? 0, 2);
    fields.writeUInt16LE(part.method ?? (part.stored ? 0 : 8), 4);
    fields.writeUInt32LE(part.crc ?? crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(part.claimedSize ?? content.length, 18);
    const local = Buffer.from(fields);
    local.writeUInt16LE(localName.length, 22);
    local.writeUInt16LE(extra.length, 24);
    fields.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const file = Buffer.concat([
      Buffer.from('PK\x03\x04'),
      local,
      localName,
      extra,
      packed,
      part.behind ?? Buffer.alloc(0),
    ]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, tail, name]));
    files.push(file);
    offset += file.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(claimedCount ?? parts.length, 8);
  end.writeUInt16LE(claimedCount ?? parts.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...files, central, end, comment, after]);
}
