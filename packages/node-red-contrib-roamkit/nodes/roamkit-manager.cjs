// Node-RED loads nodes with require(), and waits for what they return.
module.exports = async (RED) => (await import('../dist/index.js')).registerManager(RED)
