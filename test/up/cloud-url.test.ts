import { expect, test } from 'vitest';
import { cloudUrlOf } from '../../scripts/up/cloud-url.ts';

test.each([
  ['127.0.0.1', undefined, 'http://127.0.0.1:7300'],
  ['127.77.0.1', undefined, 'http://127.77.0.1:7300'],
  ['::1', undefined, 'http://[::1]:7300'],
  ['0.0.0.0', 'lab.example.test', 'https://lab.example.test:7300'],
])('gateway and App on %s look for the cloud where it listens', (host, certificateName, url) => {
  expect(cloudUrlOf({ host, port: 7300, certificateName })).toBe(url);
});
