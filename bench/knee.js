// An open model: uploads come at a rate of their own, however long the answers take, so that a slow answer
// is not followed by fewer questions (no coordinated omission).
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import http from 'k6/http';
import { SharedArray } from 'k6/data';
import { Counter, Trend } from 'k6/metrics';

const files = new SharedArray('files', () => JSON.parse(open(__ENV.FILES)));
const accepted = new Trend('accepted_ms', true);
const refused = new Trend('refused_ms', true);
const counts = { accepted: new Counter('accepted'), refused: new Counter('refused'), failed: new Counter('failed') };

export const options = {
  discardResponseBodies: true,
  scenarios: {
    open: {
      executor: 'constant-arrival-rate',
      rate: Math.round(Number(__ENV.RATE) * 60),
      timeUnit: '60s',
      duration: `${__ENV.SECONDS}s`,
      preAllocatedVUs: Number(__ENV.CALLERS),
    },
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

export default function () {
  const number = exec.scenario.iterationInTest % files.length;
  const answer = http.post(
    `${__ENV.BASE}/v1/documents?name=${__ENV.BATCH}-${number}.${__ENV.ENDING}&batch=${__ENV.BATCH}`,
    encoding.b64decode(files[number]),
    { headers: { Authorization: `Bearer ${__ENV.KEY}`, 'Content-Type': 'application/octet-stream' } },
  );
  if (answer.status === 202) {
    counts.accepted.add(1);
    accepted.add(answer.timings.duration);
  } else if (answer.status === 429) {
    counts.refused.add(1);
    refused.add(answer.timings.duration);
  } else {
    counts.failed.add(1);
  }
}

export function handleSummary(data) {
  return { [__ENV.OUT]: JSON.stringify(data.metrics) };
}
