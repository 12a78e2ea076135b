// INetwork, and its IPropertyBag, where the captive portal shows.
#include "netlist.h"

/** NLM_INTERNET_CONNECTIVITY of the property, by its documentation: a portal answers in the Internet's place. */
static const WCHAR INTERNET_CONNECTIVITY[] = L"NA_InternetConnectivityV4";

typedef struct { INetwork base; IPropertyBag bag; LONG references; GUID id; Name name; } Network;

static Network *of(INetwork *self) {
  return CONTAINING_RECORD(self, Network, base);
}

static Network *of_bag(IPropertyBag *self) {
  return CONTAINING_RECORD(self, Network, bag);
}

/** FALSE: no adapter is connected to it now. */
static BOOL look(INetwork *self, Link *link) {
  Link links[LINKS];
  const Link *found = links_of_network(links, links_find(links), &of(self)->id);
  if (found != NULL) *link = *found;
  return found != NULL;
}

static HRESULT STDMETHODCALLTYPE query(INetwork *self, REFIID iid, void **object) {
  Network *network = of(self);
  *object = NULL;
  if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IDispatch) || IsEqualGUID(iid, &IID_INetwork)) *object = &network->base;
  else if (IsEqualGUID(iid, &IID_IPropertyBag)) *object = &network->bag;
  else return E_NOINTERFACE;
  return object_add(&network->references), S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(INetwork *self) {
  return object_add(&of(self)->references);
}

static ULONG STDMETHODCALLTYPE release(INetwork *self) {
  return object_release(of(self), &of(self)->references);
}

NO_DISPATCH(INetwork)

static HRESULT STDMETHODCALLTYPE get_name(INetwork *self, BSTR *name) {
  WCHAR wide[NAME];
  lab_widen(of(self)->name, wide, NAME);
  *name = SysAllocString(wide);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE set_text(INetwork *self, BSTR text) {
  return (void)self, (void)text, E_ACCESSDENIED;
}

static HRESULT STDMETHODCALLTYPE get_id(INetwork *self, GUID *id) {
  *id = of(self)->id;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_domain(INetwork *self, NLM_DOMAIN_TYPE *domain) {
  Link link;
  BOOL of_domain = look(self, &link) && link.category == NLM_NETWORK_CATEGORY_DOMAIN_AUTHENTICATED;
  *domain = of_domain ? NLM_DOMAIN_TYPE_DOMAIN_AUTHENTICATED : NLM_DOMAIN_TYPE_NON_DOMAIN_NETWORK;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_connections(INetwork *self, IEnumNetworkConnections **enumerator) {
  Link links[LINKS];
  Items items = {0};
  int count = links_find(links);
  for (int i = 0; i < count; i++) {
    if (lab_same_guid(&links[i].network, &of(self)->id)) items.item[items.count++].id = links[i].adapter;
  }
  return connections_enumerate(&items, enumerator);
}

static HRESULT STDMETHODCALLTYPE get_times(INetwork *self, DWORD *created_low, DWORD *created_high, DWORD *connected_low, DWORD *connected_high) {
  Link link = {0};
  look(self, &link);
  *created_low = 0;
  *created_high = 0x01d60000; // some day in 2020
  *connected_low = link.since.dwLowDateTime;
  *connected_high = link.since.dwHighDateTime;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE is_internet(INetwork *self, VARIANT_BOOL *is) {
  Link link = {0};
  look(self, &link);
  *is = link.connectivity & (NLM_CONNECTIVITY_IPV4_INTERNET | NLM_CONNECTIVITY_IPV6_INTERNET) ? VARIANT_TRUE : VARIANT_FALSE;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE is_connected(INetwork *self, VARIANT_BOOL *is) {
  Link link;
  *is = look(self, &link) ? VARIANT_TRUE : VARIANT_FALSE;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_connectivity(INetwork *self, NLM_CONNECTIVITY *connectivity) {
  Link link = {0};
  look(self, &link);
  *connectivity = (NLM_CONNECTIVITY)link.connectivity;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_category(INetwork *self, NLM_NETWORK_CATEGORY *category) {
  Link link = {0};
  look(self, &link);
  *category = (NLM_NETWORK_CATEGORY)link.category;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE set_category(INetwork *self, NLM_NETWORK_CATEGORY category) {
  return (void)self, (void)category, E_ACCESSDENIED;
}

static HRESULT STDMETHODCALLTYPE bag_query(IPropertyBag *self, REFIID iid, void **object) {
  return query(&of_bag(self)->base, iid, object);
}

static ULONG STDMETHODCALLTYPE bag_add_ref(IPropertyBag *self) {
  return object_add(&of_bag(self)->references);
}

static ULONG STDMETHODCALLTYPE bag_release(IPropertyBag *self) {
  return object_release(of_bag(self), &of_bag(self)->references);
}

static HRESULT STDMETHODCALLTYPE bag_read(IPropertyBag *self, LPCOLESTR name, VARIANT *value, IErrorLog *log) {
  (void)log;
  Link link = {0};
  if (wcscmp(name, INTERNET_CONNECTIVITY) != 0) return E_INVALIDARG;
  if (!look(&of_bag(self)->base, &link)) return E_FAIL;
  V_VT(value) = VT_UI4;
  V_UI4(value) = link.portal ? NLM_INTERNET_CONNECTIVITY_WEBHIJACK : 0;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE bag_write(IPropertyBag *self, LPCOLESTR name, VARIANT *value) {
  return (void)self, (void)name, (void)value, E_ACCESSDENIED;
}

static INetworkVtbl table = {
  query, add_ref, release, no_count, no_info, no_ids, no_invoke, get_name, set_text, get_name, set_text, get_id, get_domain,
  get_connections, get_times, is_internet, is_connected, get_connectivity, get_category, set_category,
};
static IPropertyBagVtbl bag_table = {bag_query, bag_add_ref, bag_release, bag_read, bag_write};

HRESULT network_make(const GUID *id, const char *name, INetwork **network) {
  Network *made = object_allocate(sizeof *made);
  made->base.lpVtbl = &table;
  made->bag.lpVtbl = &bag_table;
  made->references = 1;
  made->id = *id;
  strcpy(made->name, name);
  *network = &made->base;
  return S_OK;
}
