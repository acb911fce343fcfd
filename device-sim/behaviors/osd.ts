import type { Behavior } from '../onvif/behavior.ts';
import { osdOperations } from '../onvif/osd.ts';
import { mediaService } from './media-service.ts';
import { media2Service } from './media2-service.ts';

/** Texts in the picture, the same for both generations of Media. */
export const osd: Behavior = { name: 'osd', service: mediaService, operations: osdOperations('trt') };
export const osd2: Behavior = { name: 'osd2', service: media2Service, operations: osdOperations('tr2') };
