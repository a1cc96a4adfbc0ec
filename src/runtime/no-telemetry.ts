/** @file Keeps ONNX Runtime to itself: its library would write usage files into the temporary folder, and may send them. */

process.env['ORT_DISABLE_TELEMETRY'] = '1';
