// netlist.dll: the network list manager, by COM. Objects only know whom they speak of, and answer of the world as it is.
#ifndef ROAMKIT_LAB_NETLIST_H
#define ROAMKIT_LAB_NETLIST_H
#define COBJMACROS
#include "world.h"
#include <netlistmgr.h>
#include <ocidl.h>
#include <olectl.h>

enum { LINKS = 24 };

/** An adapter that is connected, and the network that it is connected to. */
typedef struct {
  GUID adapter, network;
  Name name; // the network's
  DWORD connectivity; // NLM_CONNECTIVITY
  DWORD category, cost;
  BOOL portal;
  FILETIME since;
} Link;

int links_find(Link links[LINKS]);
const Link *links_of_adapter(const Link *links, int count, const GUID *adapter);
const Link *links_of_network(const Link *links, int count, const GUID *network);
DWORD links_connectivity(const Link *links, int count);
DWORD links_cost(const Link *links, int count); // of the connection that is used first

HRESULT network_make(const GUID *id, const char *name, INetwork **network);
HRESULT connection_make(const GUID *adapter, INetworkConnection **connection);
HRESULT manager_make(REFIID iid, void **object);

/** What an enumerator gives out: networks, or connections. */
typedef struct { int count; struct { GUID id; Name name; } item[LINKS]; } Items;
HRESULT networks_enumerate(const Items *items, IEnumNetworks **enumerator);
HRESULT connections_enumerate(const Items *items, IEnumNetworkConnections **enumerator);

// points.c
typedef enum { OfManager, OfNetworks, OfConnections, OfCosts, EVENT_KINDS } Point;
IConnectionPoint *points_get(Point point);
BOOL points_find(REFIID iid, Point *point);

/** Every object's count of references; the last one ends it. */
ULONG object_add(LONG *references);
ULONG object_release(void *object, LONG *references);
void *object_allocate(size_t size);

/** IDispatch is for scripts, and never called here. Expands to the four methods for an interface's table. */
#define NO_DISPATCH(Interface)                                                                                                   \
  static HRESULT STDMETHODCALLTYPE no_count(Interface *self, UINT *count) { return (void)self, (void)count, E_NOTIMPL; }          \
  static HRESULT STDMETHODCALLTYPE no_info(Interface *self, UINT place, LCID locale, ITypeInfo **info) {                          \
    return (void)self, (void)place, (void)locale, (void)info, E_NOTIMPL;                                                         \
  }                                                                                                                              \
  static HRESULT STDMETHODCALLTYPE no_ids(Interface *self, REFIID iid, LPOLESTR *names, UINT count, LCID locale, DISPID *ids) {   \
    return (void)self, (void)iid, (void)names, (void)count, (void)locale, (void)ids, E_NOTIMPL;                                  \
  }                                                                                                                              \
  static HRESULT STDMETHODCALLTYPE no_invoke(Interface *self, DISPID id, REFIID iid, LCID locale, WORD flags,                     \
                                             DISPPARAMS *parameters, VARIANT *result, EXCEPINFO *exception, UINT *error) {       \
    (void)self, (void)id, (void)iid, (void)locale, (void)flags;                                                                  \
    return (void)parameters, (void)result, (void)exception, (void)error, E_NOTIMPL;                                              \
  }
#endif
