// What a TypeScript client finds in `booking`, whichever client it is; `booking_checks.py` has more of it.
//
// A way to connect is `{ revision, name, open, forgetful }`, where `open(guest, abilities)` gives `{ client, call }`: a
// client that is connected, and answers what it is asked as the guest says, where it is able to. A forgetful one does
// not tell of all progress.

import { equal, holds, yes } from './checks.mjs';

export const STATELESS = '2026-07-28';
export const STATEFUL = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];

export const ALL = ['elicitation', 'sampling', 'roots'];

const MISSING_CAPABILITY = -32021;

/** By what it says a question is known: in a session its key does not travel. */
const QUESTIONS = {
  'When do you come': 'wish',
  'Shall I book': 'confirm',
  'What shall be ready': 'order',
  'We take': 'deposit',
  'What do you eat': 'diet',
  'What do you invite for': 'occasion',
  'Confirm table': 'confirmation',
  'Name one wine': 'wine',
};

const [DECLINE, CANCEL] = [{ action: 'decline' }, { action: 'cancel' }];
const accept = (content) => ({ action: 'accept', content });
const says = (text) => {
  return { role: 'assistant', model: 'a-model', stopReason: 'endTurn', content: { type: 'text', text } };
};

const ANSWERS = {
  wish: [accept({ day: '2026-08-01', guests: 4, corner: 'garden' })],
  confirm: [accept({ remarks: 'no nuts' })],
  order: [accept({ dishes: ['soup', 'tart'], without: ['milk'] })],
  deposit: [{ action: 'accept' }],
  diet: [accept({ diet: 'vegetarian' })],
  occasion: [accept({ occasion: 'a birthday' })],
  confirmation: [says('See you in the garden!')],
  wine: [says('Riesling')],
};

/** Who sits at the client, and its model: answers what is asked, one answer after the other, and notes it. */
export class Guest {
  constructor(answers = {}) {
    this.answers = structuredClone({ ...ANSWERS, ...answers });
    this.asked = [];
    // Who wants to see a question before it is answered.
    this.before = async () => {};
  }

  kinds() {
    return this.asked.map(([kind]) => kind);
  }

  params(kind) {
    return this.asked.find(([asked]) => asked === kind)[1];
  }

  async answer(method, params) {
    if (method === 'roots/list') {
      this.asked.push(['roots', params]);
      return { roots: [{ uri: 'file:///home/ada/engine', name: 'Engine' }, { uri: 'file:///srv/notes/' }] };
    }
    const text = params.message ?? [params.messages[0].content].flat()[0].text;
    const kind = QUESTIONS[Object.keys(QUESTIONS).find((words) => text.startsWith(words))];
    this.asked.push([kind, params]);
    await this.before(kind);
    const given = this.answers[kind];
    return given.length > 1 ? given.shift() : given[0];
  }
}

/** The methods a client with these abilities answers, and what it declares. */
export function able(abilities) {
  const all = {
    elicitation: ['elicitation/create', { form: {}, url: {} }],
    sampling: ['sampling/createMessage', {}],
    roots: ['roots/list', {}],
  };
  return {
    methods: abilities.map((ability) => all[ability][0]),
    capabilities: Object.fromEntries(abilities.map((ability) => [ability, all[ability][1]])),
  };
}

function fine(result) {
  equal(result.isError ?? false, false, `isError of ${JSON.stringify(result)}`);
  return result.content[0].text;
}

function failed(result, ...words) {
  equal(result.isError, true, `isError of ${JSON.stringify(result)}`);
  for (const word of words) holds(word, result.content[0].text, 'error of the tool');
}

async function refused(promise, code, word) {
  const error = await promise.then((result) => ({ message: `answered: ${JSON.stringify(result)}` }), (error) => error);
  equal(error.code, code, `code of ${error.message}`);
  holds(word, error.message, 'error');
}

async function book({ call }, place, options) {
  const result = await call('book', { place }, options);
  fine(result);
  return result.structuredContent;
}

/** The effects at a place, all of one reservation. */
async function happened({ client }, place) {
  const lines = JSON.parse((await client.readResource({ uri: `diary://${place}` })).contents[0].text);
  yes(new Set(lines.map((line) => line.number)).size <= 1, `more than one reservation in ${JSON.stringify(lines)}`);
  return lines.map((line) => line.what);
}

export async function everything(checks, way) {
  const { revision } = way;
  const [stateless, newest] = [revision === STATELESS, revision >= '2025-11-25'];
  let places = 0;
  // Others are served by the same process, at the same time or before.
  const at = () => `${way.name}-${process.pid}-${(places += 1)}`.replaceAll(' ', '-');
  const check = (name, answers, abilities, run) => checks.check(name, async () => {
    const guest = new Guest(answers);
    const peer = await way.open(guest, abilities);
    try {
      await run(peer, guest, at());
    } finally {
      // What it cuts off by leaving is no fault.
      peer.client.onerror = undefined;
      await peer.client.close();
    }
  });

  await check('where the client works, and what its model says', {}, ALL, async ({ call }, guest) => {
    const files = JSON.parse(fine(await call('reminders', { number: 7 })));
    equal(files, ['file:///home/ada/engine/table-7.ics', 'file:///srv/notes/table-7.ics']);
    equal(fine(await call('wine', { place: 'Bonn' })), 'Riesling');
    equal(guest.kinds(), ['roots', 'wine']);
  });
  if (revision < '2025-06-18') {
    await check('a revision without forms is told so', {}, ALL, async (peer, guest, place) => {
      failed(await peer.call('book', { place }), '2025-06-18');
      equal([guest.kinds(), await happened(peer, place)], [[], []]);
    });
    return;
  }
  await check('asks the user and the model; each effect once; progress', {}, ALL, async (peer, guest, place) => {
    const steps = [];
    // One client counts the rounds there too, and knows no total.
    const onprogress = ({ progress, total }) => total && steps.push([progress, total]);
    const booking = await book(peer, place, { onprogress });
    equal([booking.status, booking.message], ['booked', 'See you in the garden!']);
    equal(guest.kinds(), ['wish', 'confirm', 'confirmation'], 'questions');
    holds('on 2026-08-01 for 4, Garden', guest.params('confirm').message);
    equal(await happened(peer, place), ['held', 'booked'], 'effects');
    // Without a session each round is a request of its own, and tells how far it comes.
    const rounds = stateless ? [1, 3, 4, 4] : [4];
    const expected = rounds.flatMap((end) => [...Array(end).keys()].map((step) => [step + 1, 4]));
    equal(steps, way.forgetful ? within(steps, expected) : expected, 'progress');
  });
  for (const [action, status] of [[DECLINE, 'declined'], [CANCEL, 'cancelled']]) {
    await check(`${status} when asked for the day`, { wish: [action] }, ALL, async (peer, guest, place) => {
      equal((await book(peer, place)).status, status);
      equal([guest.kinds(), await happened(peer, place)], [['wish'], []]);
    });
    await check(`${status} when asked to confirm`, { confirm: [action] }, ALL, async (peer, guest, place) => {
      equal((await book(peer, place)).status, status);
      equal([guest.kinds(), await happened(peer, place)], [['wish', 'confirm'], ['held', 'given_back']]);
    });
  }
  const wrong = accept({ day: 'tomorrow', guests: 40 });
  const corrected = { wish: [wrong, ...ANSWERS.wish] };
  await check('an answer that does not fit', corrected, ALL, async (peer, guest, place) => {
    equal((await book(peer, place)).status, 'booked');
    equal(guest.kinds(), ['wish', 'wish', 'confirm', 'confirmation']);
    equal(await happened(peer, place), ['held', 'booked'], 'effects');
  });
  await check('a client without a model', {}, ['elicitation'], async (peer, guest, place) => {
    holds('Garden. no nuts', (await book(peer, place)).message);
    equal([guest.kinds(), await happened(peer, place)], [['wish', 'confirm'], ['held', 'booked']]);
  });
  await check('a client that cannot be asked', {}, [], async (peer, guest, place) => {
    const { call, client } = peer;
    if (stateless) await refused(call('book', { place }), MISSING_CAPABILITY, '`elicitation`');
    else failed(await call('book', { place }), '`elicitation`');
    const code = stateless ? MISSING_CAPABILITY : -32603;
    await refused(client.getPrompt({ name: 'invite', arguments: { place } }), code, '`elicitation`');
    equal(await happened(peer, place), [], 'effects');
  });
  await check('two questions at once', {}, ALL, async ({ call }, guest, place) => {
    const both = gathering(2);
    if (newest) guest.before = () => both('either');
    const result = await call('order', { place });
    if (!newest) return failed(result, 'choosing several at once', '2025-11-25');
    equal(fine(result), '[Soup, Tart] without ["milk"], with Riesling');
    equal(guest.kinds().sort(), ['order', 'wine']);
  });
  await check('a page to go to', { deposit: [{ action: 'accept' }, DECLINE] }, ALL, async ({ call }, guest) => {
    const result = await call('deposit', { number: 7 });
    if (!newest) return failed(result, '2025-11-25');
    equal(fine(result), 'The user was sent to the page.');
    equal(fine(await call('deposit', { number: 7 })), 'The user does not want to pay.');
    equal(guest.params('deposit').url, 'https://pay.example.com/tables/7');
  });
  await check('prompts and resources ask too', {}, ALL, async ({ client }, guest, place) => {
    const [message] = (await client.getPrompt({ name: 'invite', arguments: { place } })).messages;
    equal(message.content.text, `Write an invitation to dinner at ${place}. The occasion: a birthday.`);
    equal((await client.readResource({ uri: `menu://${place}` })).contents[0].text, `${place}: soup, tart`);
    equal(guest.kinds(), ['occasion', 'diet']);
  });
  await check('10 bookings at once from one client', {}, ALL, async (peer, guest, place) => {
    const all = [...Array(10).keys()].map((number) => `${place}-${number}`);
    guest.before = gathering(all.length);
    const booked = await Promise.all(all.map((one) => book(peer, one)));
    equal(booked.map((booking) => booking.status), all.map(() => 'booked'));
    equal(new Set(booked.map((booking) => booking.number)).size, all.length, 'reservations');
    for (const one of all) equal(await happened(peer, one), ['held', 'booked'], `effects at ${one}`);
  });
}

/** As much of `all` as is there in `some`, in the same order. */
function within(some, all) {
  let next = 0;
  return all.filter((one) => next < some.length && String(one) === String(some[next]) && (next += 1));
}

/** Nobody's question of a kind is answered before that of everybody was asked. */
function gathering(count) {
  const there = {};
  return (kind) => new Promise((resolve) => {
    const waiting = (there[kind] ??= []);
    waiting.push(resolve);
    if (waiting.length === count) waiting.forEach((go) => go());
  });
}
