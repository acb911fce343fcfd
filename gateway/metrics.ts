import type { RequestHandler } from 'express';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { realClock } from '../core/runtime/clock.ts';
import { isRemote } from './api/origin.ts';

export interface Metrics {
  registry: Registry;
  observe: RequestHandler;
  /** A figure read when somebody asks. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  counter(name: string, help: string): { increase(by?: number): void };
}

/** Figures of one gateway; nothing is kept at module level, so two in one process do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: 'vigil_http_request_seconds',
    help: 'HTTP requests by route, method, status and way in',
    labelNames: ['route', 'method', 'status', 'way'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const metrics: Metrics = {
    registry,
    observe(request, response, next) {
      const startedAt = realClock.now();
      response.once('finish', () => {
        // The pattern, not the address: an address can be anything.
        const route = (request.route as { path?: string } | undefined)?.path ?? 'other';
        const way = isRemote(request) ? 'tunnel' : 'lan';
        const labels = { route, method: request.method, status: String(response.statusCode), way };
        requests.observe(labels, (realClock.now() - startedAt) / 1000);
      });
      next();
    },
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await read());
        },
      });
    },
    counter(name, help) {
      const counter = new Counter({ name, help, registers });
      return { increase: (by = 1) => counter.inc(by) };
    },
  };
  metrics.gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
  metrics.gauge('process_cpu_seconds', 'CPU time since start', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge('process_uptime_seconds', 'Time since start', () => process.uptime());
  return metrics;
}
