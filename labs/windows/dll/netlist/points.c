// Connection points: they notify changes, on a thread of their own.
#include "netlist.h"
#include "../net/net.h"

enum { SINKS = 32 };

typedef struct { DWORD cookie; Point point; IUnknown *object; volatile LONG busy; } Sink;

static const IID *const ids[EVENT_KINDS] = {&IID_INetworkListManagerEvents, &IID_INetworkEvents, &IID_INetworkConnectionEvents, &IID_INetworkCostManagerEvents};
static SRWLOCK lock = SRWLOCK_INIT;
static Sink sinks[SINKS];
static DWORD next_cookie = 1;
static HANDLE wake;
static Link before[LINKS], after[LINKS];
static int links_before, links_after;

BOOL points_find(REFIID iid, Point *point) {
  for (Point each = OfManager; each < EVENT_KINDS; each++) {
    if (!IsEqualGUID(iid, ids[each])) continue;
    *point = each;
    return TRUE;
  }
  return FALSE;
}

/** What there is to be said to one sink. */
typedef struct { Point point; GUID id; DWORD value; BOOL of_category; } News;

static void tell(IUnknown *object, const News *news) {
  switch (news->point) {
    case OfManager:
      INetworkListManagerEvents_ConnectivityChanged((INetworkListManagerEvents *)object, (NLM_CONNECTIVITY)news->value);
      return;
    case OfConnections:
      INetworkConnectionEvents_NetworkConnectionConnectivityChanged((INetworkConnectionEvents *)object, news->id, (NLM_CONNECTIVITY)news->value);
      return;
    case OfCosts:
      INetworkCostManagerEvents_CostChanged((INetworkCostManagerEvents *)object, news->value, NULL);
      return;
    default:
      break;
  }
  INetworkEvents *events = (INetworkEvents *)object;
  if (news->of_category) INetworkEvents_NetworkPropertyChanged(events, news->id, NLM_NETWORK_PROPERTY_CHANGE_CATEGORY_VALUE);
  else INetworkEvents_NetworkConnectivityChanged(events, news->id, (NLM_CONNECTIVITY)news->value);
}

/** Not under the lock: a sink may do what it likes. */
static void tell_all(const News *news) {
  for (int i = 0; i < SINKS; i++) {
    AcquireSRWLockShared(&lock);
    IUnknown *object = sinks[i].object != NULL && sinks[i].point == news->point ? sinks[i].object : NULL;
    if (object != NULL) InterlockedIncrement(&sinks[i].busy);
    ReleaseSRWLockShared(&lock);
    if (object == NULL) continue;
    tell(object, news);
    InterlockedDecrement(&sinks[i].busy);
  }
}

static void compare_network(const Link *was, const Link *now) {
  const Link *known = now != NULL ? now : was;
  DWORD connectivity = now != NULL ? now->connectivity : NLM_CONNECTIVITY_DISCONNECTED;
  BOOL changed = was == NULL || now == NULL || was->connectivity != now->connectivity || was->portal != now->portal;
  if (changed) {
    GUID connection = known->adapter;
    connection.Data1 ^= 0xffffffff; // connection.c
    tell_all(&(News){.point = OfNetworks, .id = known->network, .value = connectivity});
    tell_all(&(News){.point = OfConnections, .id = connection, .value = connectivity});
  }
  if (was != NULL && now != NULL && was->category != now->category) tell_all(&(News){.point = OfNetworks, .id = known->network, .of_category = TRUE});
}

static void compare(void) {
  for (int i = 0; i < links_after; i++) compare_network(links_of_network(before, links_before, &after[i].network), &after[i]);
  for (int i = 0; i < links_before; i++) {
    if (links_of_network(after, links_after, &before[i].network) == NULL) compare_network(&before[i], NULL);
  }
  DWORD all = links_connectivity(after, links_after), cost = links_cost(after, links_after);
  if (all != links_connectivity(before, links_before)) tell_all(&(News){.point = OfManager, .value = all});
  if (cost != links_cost(before, links_before)) tell_all(&(News){.point = OfCosts, .value = cost});
}

static DWORD WINAPI watch(void *unused) {
  (void)unused;
  for (;;) {
    WaitForSingleObject(wake, INFINITE);
    links_after = links_find(after);
    compare();
    memcpy(before, after, sizeof before);
    links_before = links_after;
  }
  return 0;
}

static void tables_changed(void) {
  SetEvent(wake);
}

static void hear(const Event *event) {
  if (event->happening != VpnsChanged) SetEvent(wake);
}

static BOOL CALLBACK begin(INIT_ONCE *unused, void *parameter, void **context) {
  (void)unused, (void)parameter, (void)context;
  wake = CreateEventA(NULL, FALSE, FALSE, NULL);
  links_before = links_find(before);
  lab_listen(hear);
  net_watch(tables_changed);
  CloseHandle(CreateThread(NULL, 0, watch, NULL, 0, NULL));
  return TRUE;
}

/** The network list manager is another process: what it does to a sink comes from a thread of RPC's while the caller waits. */
typedef struct { IUnknown *sink; const IID *iid; void *object; HRESULT result; BOOL release; } Remote;

static DWORD WINAPI remote(void *parameter) {
  Remote *call = parameter;
  if (call->release) call->sink->lpVtbl->Release(call->sink);
  else call->result = call->sink->lpVtbl->QueryInterface(call->sink, call->iid, &call->object);
  return 0;
}

static void call_remote(Remote *call) {
  HANDLE thread = CreateThread(NULL, 0, remote, call, 0, NULL);
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}

typedef struct { IConnectionPoint base; Point point; } PointObject;

static Point of(IConnectionPoint *self) {
  return CONTAINING_RECORD(self, PointObject, base)->point;
}

static HRESULT STDMETHODCALLTYPE query(IConnectionPoint *self, REFIID iid, void **object) {
  BOOL known = IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IConnectionPoint);
  *object = known ? self : NULL;
  return known ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE count(IConnectionPoint *self) {
  return (void)self, 1; // it is never gone
}

static HRESULT STDMETHODCALLTYPE get_interface(IConnectionPoint *self, IID *iid) {
  *iid = *ids[of(self)];
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_container(IConnectionPoint *self, IConnectionPointContainer **container) {
  return (void)self, (void)container, E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE advise(IConnectionPoint *self, IUnknown *sink, DWORD *cookie) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  lab_count("Advise");
  if (sink == NULL || cookie == NULL) return E_POINTER;
  InitOnceExecuteOnce(&once, begin, NULL, NULL);
  Remote call = {.sink = sink, .iid = ids[of(self)]};
  call_remote(&call);
  if (FAILED(call.result)) return CONNECT_E_CANNOTCONNECT;
  AcquireSRWLockExclusive(&lock);
  int place = 0;
  while (place < SINKS && sinks[place].object != NULL) place++;
  if (place < SINKS) sinks[place] = (Sink){.cookie = *cookie = next_cookie++, .point = of(self), .object = call.object};
  ReleaseSRWLockExclusive(&lock);
  if (place == SINKS) return CONNECT_E_ADVISELIMIT;
  lab_hold(Registrations, 1);
  return S_OK;
}

/** When it returns the sink is released, and none of its methods runs. */
static HRESULT STDMETHODCALLTYPE unadvise(IConnectionPoint *self, DWORD cookie) {
  lab_count("Unadvise");
  AcquireSRWLockExclusive(&lock);
  int place = 0;
  while (place < SINKS && (sinks[place].object == NULL || sinks[place].cookie != cookie || sinks[place].point != of(self))) place++;
  Remote call = {.sink = place < SINKS ? sinks[place].object : NULL, .release = TRUE};
  if (place < SINKS) sinks[place].object = NULL;
  ReleaseSRWLockExclusive(&lock);
  if (place == SINKS) return CONNECT_E_NOCONNECTION;
  while (sinks[place].busy > 0) Sleep(1);
  call_remote(&call);
  lab_hold(Registrations, -1);
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE enumerate(IConnectionPoint *self, IEnumConnections **enumerator) {
  return (void)self, (void)enumerator, E_NOTIMPL;
}

static IConnectionPointVtbl table = {query, count, count, get_interface, get_container, advise, unadvise, enumerate};
static PointObject objects[EVENT_KINDS] = {{{&table}, OfManager}, {{&table}, OfNetworks}, {{&table}, OfConnections}, {{&table}, OfCosts}};

IConnectionPoint *points_get(Point point) {
  return &objects[point].base;
}
