/**
 * What services announce as `RTSPWebSocketUri`: the scheme and an absolute path without a host, at the port of the web
 * services (Streaming, "RTP/RTSP/TCP/WebSocket"). The protocol's name tells such a connection, so any path will do.
 */
export const rtspWebSocketUri = 'ws:/';
