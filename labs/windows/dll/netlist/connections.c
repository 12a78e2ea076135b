// IEnumNetworkConnections over what was there when it was made.
#include "netlist.h"

typedef struct { IEnumNetworkConnections base; LONG references; int at; Items items; } Enumerator;

static Enumerator *of(IEnumNetworkConnections *self) {
  return CONTAINING_RECORD(self, Enumerator, base);
}

static HRESULT STDMETHODCALLTYPE query(IEnumNetworkConnections *self, REFIID iid, void **object) {
  *object = NULL;
  if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IDispatch) && !IsEqualGUID(iid, &IID_IEnumNetworkConnections)) return E_NOINTERFACE;
  *object = self;
  return object_add(&of(self)->references), S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IEnumNetworkConnections *self) {
  return object_add(&of(self)->references);
}

static ULONG STDMETHODCALLTYPE release(IEnumNetworkConnections *self) {
  return object_release(of(self), &of(self)->references);
}

NO_DISPATCH(IEnumNetworkConnections)

static HRESULT STDMETHODCALLTYPE new_enum(IEnumNetworkConnections *self, IEnumVARIANT **enumerator) {
  return (void)self, (void)enumerator, E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE next(IEnumNetworkConnections *self, ULONG count, INetworkConnection **elements, ULONG *fetched) {
  Enumerator *enumerator = of(self);
  ULONG given = 0;
  while (given < count && enumerator->at < enumerator->items.count) {
    HRESULT result = connection_make(&enumerator->items.item[enumerator->at].id, &elements[given]);
    if (FAILED(result)) return result;
    enumerator->at++;
    given++;
  }
  if (fetched != NULL) *fetched = given;
  return given == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE skip(IEnumNetworkConnections *self, ULONG count) {
  Enumerator *enumerator = of(self);
  int left = enumerator->items.count - enumerator->at;
  enumerator->at += count < (ULONG)left ? (int)count : left;
  return count <= (ULONG)left ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE reset(IEnumNetworkConnections *self) {
  of(self)->at = 0;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE clone(IEnumNetworkConnections *self, IEnumNetworkConnections **copy) {
  return connections_enumerate(&of(self)->items, copy);
}

static IEnumNetworkConnectionsVtbl table = {query, add_ref, release, no_count, no_info, no_ids, no_invoke, new_enum, next, skip, reset, clone};

HRESULT connections_enumerate(const Items *items, IEnumNetworkConnections **enumerator) {
  Enumerator *made = object_allocate(sizeof *made);
  made->base.lpVtbl = &table;
  made->references = 1;
  made->items = *items;
  *enumerator = &made->base;
  return S_OK;
}
