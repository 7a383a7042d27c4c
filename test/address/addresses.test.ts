import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { normalisedPostcode, OsPlaces, SampleGazetteer } from '../../src/council/addresses.js';
import { projectRoot } from '../../src/core/project-root.js';

describe('postcodes', () => {
  test.each(['PR1 8XJ', 'pr18xj', ' Pr1  8xJ ', 'P R 1 8 X J'])('%j is PR1 8XJ', (typed) => {
    expect(normalisedPostcode(typed)).toBe('PR1 8XJ');
  });

  test.each(['', 'PR1', 'PR1 8X', '8XJ PR1', 'PR1 8XJ2', "PR1'; --", 'Preston'])('%j is none', (typed) => {
    expect(() => normalisedPostcode(typed)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', field: 'postcode' }));
  });
});

describe('the sample gazetteer', () => {
  const gazetteer = new SampleGazetteer(join(projectRoot, 'deploy/sample-addresses.yaml'));

  test('finds houses in any spelling of the postcode', async () => {
    const found = await gazetteer.find('pr18xj');
    expect(found).toHaveLength(6);
    expect(found[0]).toEqual({
      line1: '1 Sample Square',
      line2: null,
      town: 'Preston',
      county: 'Lancashire',
      postcode: 'PR1 8XJ',
      uprn: expect.stringMatching(/^99\d{10}$/),
    });
    expect(found[5]).toMatchObject({ line1: 'Sample Hall', line2: 'Sample Square' });
  });

  test('narrows down to a house by whole words', async () => {
    expect(await gazetteer.find('PR1 2HE', '2')).toEqual([]);
    expect(await gazetteer.find('PR1 2HE', ' 22 ')).toMatchObject([{ line1: '22 Specimen Street' }]);
    expect(await gazetteer.find('PR1 4SU', 'FLAT 2')).toMatchObject([{ line1: 'Flat 2, Sample Heights' }]);
    expect(await gazetteer.find('PR1 4SU', '')).toHaveLength(3);
  });

  test('knows nothing of other postcodes', async () => {
    expect(await gazetteer.find('ZE1 0AA')).toEqual([]);
  });

  test('each address has a UPRN of its own, and an invented street', async () => {
    const all = (
      await Promise.all(
        ['L20 3NJ', 'L21 1AB', 'PR8 1DA', 'WR1 2NJ', 'PR1 0LD'].map((postcode) => gazetteer.find(postcode)),
      )
    ).flat();
    expect(new Set(all.map(({ uprn }) => uprn)).size).toBe(all.length);
    for (const { line1, line2 } of all) expect(`${line1} ${line2}`).toMatch(/Sample|Example|Specimen/);
  });
});

describe('OS Places', () => {
  let server: Server;
  let asked: IncomingMessage[];
  let answer: (response: ServerResponse) => void;
  let places: OsPlaces;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request);
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    places = new OsPlaces({ key: 'the-key', baseUrl, timeout: 300 });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
  });

  const answers = (body: unknown, status = 200) => {
    answer = (response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const point = (members: object) => ({
    DPA: { POST_TOWN: 'PRESTON', POSTCODE: 'PR1 8XJ', UPRN: '100012345678', ...members },
  });

  test('asks for one postcode, and sends its key in a header alone', async () => {
    answers({ header: { totalresults: 0 } });
    expect(await places.find('pr18xj')).toEqual([]);
    const [{ url, headers }] = asked as [IncomingMessage];
    expect(new URL(url!, 'http://x').pathname).toBe('/search/places/v1/postcode');
    expect(new URL(url!, 'http://x').searchParams.get('postcode')).toBe('PR1 8XJ');
    expect(url).not.toContain('the-key');
    expect(headers.key).toBe('the-key');
  });

  test('puts addresses together as people write them', async () => {
    answers({
      header: { totalresults: 5 },
      results: [
        point({ BUILDING_NUMBER: '12', THOROUGHFARE_NAME: "ST MARY'S ROAD" }),
        point({ BUILDING_NAME: '12A', THOROUGHFARE_NAME: 'LARCH AVENUE', DEPENDENT_LOCALITY: 'ASHTON-ON-RIBBLE' }),
        point({
          SUB_BUILDING_NAME: 'FLAT 2',
          BUILDING_NAME: 'THE OLD MILL',
          BUILDING_NUMBER: '4',
          THOROUGHFARE_NAME: 'MILL LANE',
        }),
        point({
          ORGANISATION_NAME: 'LANCASHIRE COUNTY COUNCIL',
          BUILDING_NAME: 'COUNTY HALL',
          THOROUGHFARE_NAME: 'FISHERGATE',
        }),
        point({ ORGANISATION_NAME: 'EXAMPLE LTD', PO_BOX_NUMBER: '78', POST_TOWN: 'STOKE-ON-TRENT' }),
        { LPI: {} },
      ],
    });
    const found = await places.find('PR1 8XJ');
    expect(found.map(({ line1, line2, town }) => [line1, line2, town])).toEqual([
      ["12 St Mary's Road", null, 'Preston'],
      ['12A Larch Avenue', 'Ashton-on-Ribble', 'Preston'],
      ['Flat 2', 'The Old Mill, 4 Mill Lane', 'Preston'],
      ['Lancashire County Council', 'County Hall, Fishergate', 'Preston'],
      ['Example Ltd', 'PO Box 78', 'Stoke-on-Trent'],
    ]);
    expect(found[0]).toMatchObject({ county: null, postcode: 'PR1 8XJ', uprn: '100012345678' });
    expect(await places.find('PR1 8XJ', '12a')).toHaveLength(1);
  });

  test('a malformed postcode is not asked for', async () => {
    await expect(places.find('nonsense')).rejects.toMatchObject({ code: 'BAD_INPUT' });
    expect(asked).toEqual([]);
  });

  test.each<[string, () => void]>([
    ['an error', () => answers({ error: 'quota' }, 429)],
    ['a refusal', () => answers({ fault: 'key' }, 401)],
    ['something that is not JSON', () => (answer = (response) => response.end('<html>'))],
    ['silence', () => (answer = () => undefined)],
    ['a broken connection', () => (answer = (response) => response.destroy())],
  ])('where it answers with %s, people are asked to type', async (_what, arrange) => {
    arrange();
    await expect(places.find('PR1 8XJ')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('type the address'),
    });
  });
});
