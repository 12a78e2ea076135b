/**
 * A certificate for `localhost`, `broker.test` and `127.0.0.1` that vouches for itself, and its key. They protect nothing: they are for tests, and
 * are no secret. Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500`.
 */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcHcjbJgPdxCeAO6h
91yYBGJDMjxdD33Q1V5pJN1dNDqhRANCAARTsbkcQhoEDPfg+29tdJty2m/2CXCf
loTAbsOG/ib7u8x9EESDRO350+NqyCgletAntg1nlinauI3VBUX9C+nr
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBqTCCAU6gAwIBAgIUEsW+YDsuVR3aaFsMI4Arc82TxEcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTE0MzAwMFoYDzIxMjYxMTA1
MTQzMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARTsbkcQhoEDPfg+29tdJty2m/2CXCfloTAbsOG/ib7u8x9EESDRO35
0+NqyCgletAntg1nlinauI3VBUX9C+nro3wwejAdBgNVHQ4EFgQUBjLSIWsiV+cj
JL0QVW6byoLfh8AwHwYDVR0jBBgwFoAUBjLSIWsiV+cjJL0QVW6byoLfh8AwDwYD
VR0TAQH/BAUwAwEB/zAnBgNVHREEIDAegglsb2NhbGhvc3SCC2Jyb2tlci50ZXN0
hwR/AAABMAoGCCqGSM49BAMCA0kAMEYCIQCvD+7m87CZ/JcwJciLtndRZV93wTfy
r9OFfng6KRVlhgIhAIzRzPW++04LiDlzCq1kwP90eAsK8+kXIuuZb/d49uUY
-----END CERTIFICATE-----
`,
}
