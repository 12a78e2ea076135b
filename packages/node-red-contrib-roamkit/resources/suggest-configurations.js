// Loaded by the editor. Suggests the configurations of a deployed manager in a text field.
globalThis.suggestConfigurations = (field, managerField) => {
  const list = document.createElement('datalist')
  list.id = 'roamkit-configurations'
  $(field).attr('list', list.id).after(list)
  const fill = async () => {
    const id = $(managerField).val()
    const all =
      id && id !== '_ADD_' ? await $.getJSON(`roamkit/${encodeURIComponent(id)}/configurations`) : []
    // Names come from outside: an Option takes them as text.
    list.replaceChildren(...all.map(({ text, value }) => new Option(text, value)))
  }
  $(managerField).on('change', fill)
  fill()
}
