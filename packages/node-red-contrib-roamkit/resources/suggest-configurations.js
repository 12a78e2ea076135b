// Loaded by the editor. Suggests the configurations of a deployed manager in a text field.
globalThis.suggestConfigurations = (field, managerField) => {
  const list = document.createElement('datalist')
  list.id = 'roamkit-configurations'
  $(field).attr('list', list.id).after(list)
  const configurationsOf = async (id) => {
    if (!id || id === '_ADD_') return []
    try {
      return await $.getJSON(`roamkit/${encodeURIComponent(id)}/configurations`)
    } catch {
      // Node-RED does not answer, or not this user. The field takes any text.
      return []
    }
  }
  let fills = 0
  const fill = async () => {
    fills += 1
    const own = fills
    const all = await configurationsOf($(managerField).val())
    // Another manager has been chosen meanwhile.
    if (own !== fills) return
    // Names come from outside: an Option takes them as text.
    list.replaceChildren(...all.map(({ text, value }) => new Option(text, value)))
  }
  $(managerField).on('change', fill)
  fill()
}
