// INetworkConnection, and what it costs.
#include "netlist.h"

typedef struct { INetworkConnection base; INetworkConnectionCost cost; LONG references; GUID adapter; } Connection;

static Connection *of(INetworkConnection *self) {
  return CONTAINING_RECORD(self, Connection, base);
}

static Connection *of_cost(INetworkConnectionCost *self) {
  return CONTAINING_RECORD(self, Connection, cost);
}

/** FALSE: the adapter is not connected any more. */
static BOOL look(INetworkConnection *self, Link *link) {
  Link links[LINKS];
  const Link *found = links_of_adapter(links, links_find(links), &of(self)->adapter);
  if (found != NULL) *link = *found;
  return found != NULL;
}

static HRESULT STDMETHODCALLTYPE query(INetworkConnection *self, REFIID iid, void **object) {
  Connection *connection = of(self);
  *object = NULL;
  if (IsEqualGUID(iid, &IID_INetworkConnectionCost)) *object = &connection->cost;
  else if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IDispatch) || IsEqualGUID(iid, &IID_INetworkConnection))
    *object = &connection->base;
  else return E_NOINTERFACE;
  return object_add(&connection->references), S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(INetworkConnection *self) {
  return object_add(&of(self)->references);
}

static ULONG STDMETHODCALLTYPE release(INetworkConnection *self) {
  return object_release(of(self), &of(self)->references);
}

NO_DISPATCH(INetworkConnection)

static HRESULT STDMETHODCALLTYPE get_network(INetworkConnection *self, INetwork **network) {
  Link link;
  if (!look(self, &link)) return E_FAIL;
  return network_make(&link.network, link.name, network);
}

static HRESULT STDMETHODCALLTYPE is_internet(INetworkConnection *self, VARIANT_BOOL *is) {
  Link link = {0};
  look(self, &link);
  *is = link.connectivity & (NLM_CONNECTIVITY_IPV4_INTERNET | NLM_CONNECTIVITY_IPV6_INTERNET) ? VARIANT_TRUE : VARIANT_FALSE;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE is_connected(INetworkConnection *self, VARIANT_BOOL *is) {
  Link link;
  *is = look(self, &link) ? VARIANT_TRUE : VARIANT_FALSE;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_connectivity(INetworkConnection *self, NLM_CONNECTIVITY *connectivity) {
  Link link = {0};
  look(self, &link);
  *connectivity = (NLM_CONNECTIVITY)link.connectivity;
  return S_OK;
}

/** A connection's identifier is not its adapter's. */
static HRESULT STDMETHODCALLTYPE get_id(INetworkConnection *self, GUID *id) {
  *id = of(self)->adapter;
  id->Data1 ^= 0xffffffff;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_adapter(INetworkConnection *self, GUID *id) {
  *id = of(self)->adapter;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_domain(INetworkConnection *self, NLM_DOMAIN_TYPE *domain) {
  Link link;
  BOOL of_domain = look(self, &link) && link.category == NLM_NETWORK_CATEGORY_DOMAIN_AUTHENTICATED;
  *domain = of_domain ? NLM_DOMAIN_TYPE_DOMAIN_AUTHENTICATED : NLM_DOMAIN_TYPE_NON_DOMAIN_NETWORK;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE cost_query(INetworkConnectionCost *self, REFIID iid, void **object) {
  return query(&of_cost(self)->base, iid, object);
}

static ULONG STDMETHODCALLTYPE cost_add_ref(INetworkConnectionCost *self) {
  return object_add(&of_cost(self)->references);
}

static ULONG STDMETHODCALLTYPE cost_release(INetworkConnectionCost *self) {
  return object_release(of_cost(self), &of_cost(self)->references);
}

static HRESULT STDMETHODCALLTYPE cost_get(INetworkConnectionCost *self, DWORD *cost) {
  Link link = {.cost = NLM_CONNECTION_COST_UNKNOWN};
  look(&of_cost(self)->base, &link);
  *cost = link.cost;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE cost_get_plan(INetworkConnectionCost *self, NLM_DATAPLAN_STATUS *plan) {
  return (void)self, (void)plan, E_NOTIMPL;
}

static INetworkConnectionVtbl table = {
  query, add_ref, release, no_count, no_info, no_ids, no_invoke, get_network, is_internet, is_connected, get_connectivity, get_id,
  get_adapter, get_domain,
};
static INetworkConnectionCostVtbl cost_table = {cost_query, cost_add_ref, cost_release, cost_get, cost_get_plan};

HRESULT connection_make(const GUID *adapter, INetworkConnection **connection) {
  Connection *made = object_allocate(sizeof *made);
  made->base.lpVtbl = &table;
  made->cost.lpVtbl = &cost_table;
  made->references = 1;
  made->adapter = *adapter;
  *connection = &made->base;
  return S_OK;
}
