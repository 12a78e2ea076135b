// INetworkListManager with INetworkCostManager and its connection points, and the class factory that makes it.
#include "netlist.h"

typedef struct { INetworkListManager base; INetworkCostManager cost; IConnectionPointContainer points; LONG references; } Manager;

static Manager *of(INetworkListManager *self) {
  return CONTAINING_RECORD(self, Manager, base);
}

static Manager *of_cost(INetworkCostManager *self) {
  return CONTAINING_RECORD(self, Manager, cost);
}

static Manager *of_points(IConnectionPointContainer *self) {
  return CONTAINING_RECORD(self, Manager, points);
}

static HRESULT STDMETHODCALLTYPE query(INetworkListManager *self, REFIID iid, void **object) {
  Manager *manager = of(self);
  *object = NULL;
  if (IsEqualGUID(iid, &IID_INetworkCostManager)) *object = &manager->cost;
  else if (IsEqualGUID(iid, &IID_IConnectionPointContainer)) *object = &manager->points;
  else if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IDispatch) || IsEqualGUID(iid, &IID_INetworkListManager))
    *object = &manager->base;
  else return E_NOINTERFACE;
  return object_add(&manager->references), S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(INetworkListManager *self) {
  return object_add(&of(self)->references);
}

static ULONG STDMETHODCALLTYPE release(INetworkListManager *self) {
  return object_release(of(self), &of(self)->references);
}

NO_DISPATCH(INetworkListManager)

/** Windows remembers networks: those of places exist even if no adapter is connected. */
static HRESULT STDMETHODCALLTYPE get_networks(INetworkListManager *self, NLM_ENUM_NETWORK which, IEnumNetworks **enumerator) {
  (void)self;
  Link links[LINKS];
  Items items = {0};
  int count = links_find(links);
  for (int i = 0; i < count && (which & NLM_ENUM_NETWORK_CONNECTED); i++) {
    if (links_of_network(links, i, &links[i].network) != NULL) continue; // two adapters in one network
    items.item[items.count].id = links[i].network;
    strcpy(items.item[items.count++].name, links[i].name);
  }
  World *world = lab_take();
  for (int i = 0; i < world->places && items.count < LINKS && (which & NLM_ENUM_NETWORK_DISCONNECTED); i++) {
    GUID id;
    lab_guid_of("network", world->place[i].name, &id);
    if (links_of_network(links, count, &id) != NULL) continue;
    items.item[items.count].id = id;
    strcpy(items.item[items.count++].name, world->place[i].name);
  }
  lab_give();
  return networks_enumerate(&items, enumerator);
}

static HRESULT STDMETHODCALLTYPE get_network(INetworkListManager *self, GUID id, INetwork **network) {
  (void)self;
  Link links[LINKS];
  const Link *link = links_of_network(links, links_find(links), &id);
  if (link == NULL) return E_INVALIDARG;
  return network_make(&link->network, link->name, network);
}

static HRESULT STDMETHODCALLTYPE get_connections(INetworkListManager *self, IEnumNetworkConnections **enumerator) {
  (void)self;
  Link links[LINKS];
  Items items = {.count = links_find(links)};
  for (int i = 0; i < items.count; i++) items.item[i].id = links[i].adapter;
  return connections_enumerate(&items, enumerator);
}

static HRESULT STDMETHODCALLTYPE get_connection(INetworkListManager *self, GUID id, INetworkConnection **connection) {
  (void)self;
  Link links[LINKS];
  id.Data1 ^= 0xffffffff; // connection.c
  const Link *link = links_of_adapter(links, links_find(links), &id);
  return link == NULL ? E_INVALIDARG : connection_make(&link->adapter, connection);
}

static DWORD connectivity(void) {
  Link links[LINKS];
  return links_connectivity(links, links_find(links));
}

static HRESULT STDMETHODCALLTYPE is_internet(INetworkListManager *self, VARIANT_BOOL *is) {
  (void)self;
  *is = connectivity() & (NLM_CONNECTIVITY_IPV4_INTERNET | NLM_CONNECTIVITY_IPV6_INTERNET) ? VARIANT_TRUE : VARIANT_FALSE;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE is_connected(INetworkListManager *self, VARIANT_BOOL *is) {
  (void)self;
  *is = connectivity() != NLM_CONNECTIVITY_DISCONNECTED ? VARIANT_TRUE : VARIANT_FALSE;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_connectivity(INetworkListManager *self, NLM_CONNECTIVITY *all) {
  (void)self;
  *all = (NLM_CONNECTIVITY)connectivity();
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE cost_query(INetworkCostManager *self, REFIID iid, void **object) {
  return query(&of_cost(self)->base, iid, object);
}

static ULONG STDMETHODCALLTYPE cost_add_ref(INetworkCostManager *self) {
  return object_add(&of_cost(self)->references);
}

static ULONG STDMETHODCALLTYPE cost_release(INetworkCostManager *self) {
  return object_release(of_cost(self), &of_cost(self)->references);
}

/** Of the machine as a whole: a destination of its own is not played. */
static HRESULT STDMETHODCALLTYPE cost_get(INetworkCostManager *self, DWORD *cost, NLM_SOCKADDR *destination) {
  (void)self;
  Link links[LINKS];
  if (destination != NULL) return E_NOTIMPL;
  *cost = links_cost(links, links_find(links));
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE cost_get_plan(INetworkCostManager *self, NLM_DATAPLAN_STATUS *plan, NLM_SOCKADDR *destination) {
  return (void)self, (void)plan, (void)destination, E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE cost_set(INetworkCostManager *self, UINT32 length, NLM_SOCKADDR *destinations, VARIANT_BOOL append) {
  return (void)self, (void)length, (void)destinations, (void)append, E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE points_query(IConnectionPointContainer *self, REFIID iid, void **object) {
  return query(&of_points(self)->base, iid, object);
}

static ULONG STDMETHODCALLTYPE points_add_ref(IConnectionPointContainer *self) {
  return object_add(&of_points(self)->references);
}

static ULONG STDMETHODCALLTYPE points_release(IConnectionPointContainer *self) {
  return object_release(of_points(self), &of_points(self)->references);
}

static HRESULT STDMETHODCALLTYPE points_enumerate(IConnectionPointContainer *self, IEnumConnectionPoints **enumerator) {
  return (void)self, (void)enumerator, E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE points_by_iid(IConnectionPointContainer *self, REFIID iid, IConnectionPoint **found) {
  (void)self;
  Point point;
  if (!points_find(iid, &point)) return CONNECT_E_NOCONNECTION;
  *found = points_get(point);
  return S_OK;
}

static INetworkListManagerVtbl table = {
  query, add_ref, release, no_count, no_info, no_ids, no_invoke, get_networks, get_network, get_connections, get_connection,
  is_internet, is_connected, get_connectivity,
};
static INetworkCostManagerVtbl cost_table = {cost_query, cost_add_ref, cost_release, cost_get, cost_get_plan, cost_set};
static IConnectionPointContainerVtbl points_table = {points_query, points_add_ref, points_release, points_enumerate, points_by_iid};

HRESULT manager_make(REFIID iid, void **object) {
  Manager *made = object_allocate(sizeof *made);
  made->base.lpVtbl = &table;
  made->cost.lpVtbl = &cost_table;
  made->points.lpVtbl = &points_table;
  made->references = 1;
  HRESULT result = query(&made->base, iid, object);
  release(&made->base);
  return result;
}

HRESULT WINAPI LabCreateNetworkListManager(void **manager) {
  return manager_make(&IID_INetworkListManager, manager);
}

static HRESULT STDMETHODCALLTYPE factory_query(IClassFactory *self, REFIID iid, void **object) {
  BOOL known = IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IClassFactory);
  *object = known ? self : NULL;
  return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_count(IClassFactory *self) {
  return (void)self, 1; // it is never gone
}

static HRESULT STDMETHODCALLTYPE factory_create(IClassFactory *self, IUnknown *outer, REFIID iid, void **object) {
  (void)self;
  return outer != NULL ? CLASS_E_NOAGGREGATION : manager_make(iid, object);
}

static HRESULT STDMETHODCALLTYPE factory_lock(IClassFactory *self, BOOL lock) {
  return (void)self, (void)lock, S_OK;
}

static IClassFactoryVtbl factory_table = {factory_query, factory_count, factory_count, factory_create, factory_lock};
static IClassFactory factory = {&factory_table};

HRESULT WINAPI netlist_DllGetClassObject(REFCLSID class_id, REFIID iid, void **object) {
  *object = NULL;
  return IsEqualGUID(class_id, &CLSID_NetworkListManager) ? factory_query(&factory, iid, object) : CLASS_E_CLASSNOTAVAILABLE;
}
