// IEnumNetworks over what was there when it was made.
#include "netlist.h"

typedef struct { IEnumNetworks base; LONG references; int at; Items items; } Enumerator;

static Enumerator *of(IEnumNetworks *self) {
  return CONTAINING_RECORD(self, Enumerator, base);
}

static HRESULT STDMETHODCALLTYPE query(IEnumNetworks *self, REFIID iid, void **object) {
  *object = NULL;
  if (!IsEqualGUID(iid, &IID_IUnknown) && !IsEqualGUID(iid, &IID_IDispatch) && !IsEqualGUID(iid, &IID_IEnumNetworks)) return E_NOINTERFACE;
  *object = self;
  return object_add(&of(self)->references), S_OK;
}

static ULONG STDMETHODCALLTYPE add_ref(IEnumNetworks *self) {
  return object_add(&of(self)->references);
}

static ULONG STDMETHODCALLTYPE release(IEnumNetworks *self) {
  return object_release(of(self), &of(self)->references);
}

NO_DISPATCH(IEnumNetworks)

static HRESULT STDMETHODCALLTYPE new_enum(IEnumNetworks *self, IEnumVARIANT **enumerator) {
  return (void)self, (void)enumerator, E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE next(IEnumNetworks *self, ULONG count, INetwork **elements, ULONG *fetched) {
  Enumerator *enumerator = of(self);
  ULONG given = 0;
  while (given < count && enumerator->at < enumerator->items.count) {
    HRESULT result = network_make(&enumerator->items.item[enumerator->at].id, enumerator->items.item[enumerator->at].name, &elements[given]);
    if (FAILED(result)) return result;
    enumerator->at++;
    given++;
  }
  if (fetched != NULL) *fetched = given;
  return given == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE skip(IEnumNetworks *self, ULONG count) {
  Enumerator *enumerator = of(self);
  int left = enumerator->items.count - enumerator->at;
  enumerator->at += count < (ULONG)left ? (int)count : left;
  return count <= (ULONG)left ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE reset(IEnumNetworks *self) {
  of(self)->at = 0;
  return S_OK;
}

static HRESULT STDMETHODCALLTYPE clone(IEnumNetworks *self, IEnumNetworks **copy) {
  return networks_enumerate(&of(self)->items, copy);
}

static IEnumNetworksVtbl table = {query, add_ref, release, no_count, no_info, no_ids, no_invoke, new_enum, next, skip, reset, clone};

HRESULT networks_enumerate(const Items *items, IEnumNetworks **enumerator) {
  Enumerator *made = object_allocate(sizeof *made);
  made->base.lpVtbl = &table;
  made->references = 1;
  made->items = *items;
  *enumerator = &made->base;
  return S_OK;
}
