// The scripted world that all DLLs of the lab use: plain data in a mapping that several processes may share.
#ifndef ROAMKIT_LAB_WORLD_H
#define ROAMKIT_LAB_WORLD_H
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <iphlpapi.h>
#include <netioapi.h>

enum { NAME = 160, ADAPTERS = 12, ADDRESSES = 8, SERVERS = 4, STATIONS = 4, ACCESS_POINTS = 48, PROFILES = 64, PLACES = 24, VPNS = 8 };
enum { SEEN = 16 }; // real adapters whose connection's beginning is known
enum { EVENTS = 4096, PROCESSES = 32 };
enum { LOWEST_INDEX = 1000 }; // of scripted adapters: far from the kernel's

typedef char Name[NAME]; // bytes as the command gave them, with a 0 at the end

typedef struct { SOCKADDR_INET address; UINT8 prefix; FILETIME since; } Address;

typedef struct {
  Name name;
  GUID guid;
  NET_LUID luid;
  NET_IFINDEX index;
  DWORD type, medium; // IF_TYPE_..., NDIS_PHYSICAL_MEDIUM
  Name description;
  BYTE mac[6];
  BOOL hardware, dhcp, taken_out, taken_over; // taken over by a switch or a team: without IP
  ULONG64 speed, received, sent;
  BOOL enabled, plugged;
  FILETIME since; // when it came up
  int addresses, gateways, servers;
  Address address[ADDRESSES];
  SOCKADDR_INET gateway[2], server[SERVERS];
} Adapter;

/** What a Wi-Fi interface is doing; each state but the last ends when its time has come. */
typedef enum { Disconnected, Associating, Authenticating, Disconnecting, Connected } Phase;

typedef enum { Open, Wep, Wpa2, Wpa3, Owe, Enterprise } Security;

typedef struct { Name ssid, key; BYTE bssid[6]; DWORD signal, frequency; Security security; BOOL unseen; } AccessPoint; // unseen: until a scan
/** transition: one for WPA3 that also joins WPA2; own: for this user alone. */
typedef struct { GUID station; Name name, ssid, key; Security security; BOOL automatic, transition, own; } Profile;

/** A Wi-Fi interface. */
typedef struct {
  Name adapter;
  GUID guid;
  BOOL radio, held;
  Phase phase;
  ULONG64 phase_ends, address_comes, scan_ends; // ticks; 0: never
  Name profile, next; // of the connection there is or is being made; of the one to be made after it
  Profile temporary, next_temporary; // the profiles of the two if they are not stored; without a name: they are
  Name ssid;
  BYTE bssid[6];
  DWORD failures, failure; // how many of the next attempts fail, and why
  BOOL scan_fails;
  Name address, gateway, server; // what a connection gives a scripted adapter
} Station;

typedef enum { ForEverybody, ForOneself, ForNobody } Storing; // for whom this user may store and delete profiles

typedef enum { ReachAuto, ReachNone, ReachLocal, ReachInternet, ReachPortal } Reach;
typedef struct { Name name; DWORD category; Reach reach; DWORD cost; } Place; // NLM_NETWORK_CATEGORY, NLM_CONNECTION_COST

typedef enum { VpnDisconnected, VpnConnecting, VpnConnected } VpnState;
typedef struct { Name name; char phonebook[260]; GUID guid; VpnState state; DWORD handle; Name device; SOCKADDR_INET from; } Vpn; // from: where a tunnel begins

/** NL_NETWORK_CONNECTIVITY_HINT, which mingw-w64 does not have: from Microsoft's documentation. */
typedef struct { DWORD ConnectivityLevel, ConnectivityCost; BOOLEAN ApproachingDataLimit, OverDataLimit, Roaming; } ConnectivityHint;

typedef enum { OfInterfaces, OfAddresses, OfRoutes, OfHints, OfWlan, OfService, OfPower, KINDS } Kind; // of notifications
typedef enum { Fire, Silent, Refuse } Manner;
typedef enum { LieOverflow, LieShort, LiePointers, LIES } Lie; // answers that no Windows gives

typedef enum { WlanHappened, WlanStopped, TablesChanged, VpnsChanged, PlacesChanged, ServiceChanged, PowerChanged } Happening;

/** Something that every process of this world notifies to those who have registered for it. */
typedef struct {
  ULONG64 number; // from 1
  Happening happening;
  DWORD source, code; // of WlanHappened: WLAN_NOTIFICATION_DATA's
  GUID station;
  Name profile, ssid;
  BOOL secure, temporary; // of the profile
  DWORD value; // a reason, a signal's quality, a radio's state, SERVICE_NOTIFY_..., PBT_...
} Event;

typedef struct {
  DWORD made; // 0: still to be made
  int adapters, stations, access_points, profiles, places, vpns;
  Adapter adapter[ADAPTERS];
  Station station[STATIONS];
  AccessPoint access_point[ACCESS_POINTS];
  Profile profile[PROFILES];
  Place place[PLACES];
  Vpn vpn[VPNS];
  struct { GUID adapter; BOOL up; FILETIME since; } seen[SEEN];
  NET_IFINDEX next_index;
  DWORD next_handle;
  struct { DWORD associate, address, disconnect, scan; } delay; // milliseconds
  BOOL consent, admin, service, ip_helper;
  Storing storing;
  BOOL lies[LIES];
  DWORD service_starts; // a service knows the clients of its own life only
  BOOL hint_said;
  ConnectivityHint hint;
  Manner manner[KINDS];
  ULONG64 emitted; // events so far: the last EVENTS of them are in event[]
  Event event[EVENTS];
  DWORD process[PROCESSES]; // to be woken by events
} World;

// world.c
void world_begin(void); // once, when the DLL is loaded
World *lab_take(void); // the world, until it is given back: no callback may be called in between
void lab_give(void);
const World *lab_look(void); // without holding it: for one number at a time
ULONG64 lab_now(void);
void lab_make(World *world); // as at the beginning

// events.c
typedef void (*Listener)(const Event *event);
void lab_emit(World *world, const Event *event); // to all processes, after the world is given back
void lab_listen(Listener listener); // called from the pump's thread
void lab_wake(World *world);

// adapters.c
Adapter *lab_adapter(World *world, const char *name); // NULL: none
Adapter *lab_adapter_by_guid(World *world, const GUID *guid);
BOOL lab_adapter_is_up(const Adapter *adapter);
void lab_set_plugged(World *world, Adapter *adapter, BOOL plugged);
void lab_set_enabled(World *world, Adapter *adapter, BOOL enabled);

// stations.c
Station *lab_station(World *world, const GUID *guid);
Profile *lab_profile(World *world, const GUID *station, const char *name);
Profile *lab_profile_in_use(World *world, Station *station); // of the connection there is or is being made; NULL: none
DWORD lab_store_profile(World *world, Station *station, const Profile *profile, BOOL overwrite); // a code of winerror.h
DWORD lab_delete_profile(World *world, Station *station, const char *name); // a connection ends with its profile
BOOL lab_fits(const Profile *profile, Security security);
AccessPoint *lab_best_of(World *world, const char *ssid, Security security); // the strongest; NULL: not in the air
AccessPoint *lab_best_access_point(World *world, const char *ssid); // the strongest; NULL: not in the air
void lab_remove_station(World *world, Station *station);
void lab_wlan_emit(World *world, Station *station, DWORD source, DWORD code, DWORD value);
void lab_lose(World *world, Station *station, DWORD reason); // the connection is gone
void lab_connect(World *world, Station *station, const char *profile, const Profile *temporary); // NULL: a stored one
void lab_stop_stations(World *world); // without notifications: the service that would send them has stopped
void lab_disconnect(World *world, Station *station);
void lab_scan(World *world, Station *station);
ULONG64 lab_advance(World *world); // everything whose time has come; when to come again, 0: not by itself

// registrations.c
typedef struct Registration Registration;
typedef void (*Deliver)(Kind kind, void *callback, void *context, ULONG filter, const void *what);
Registration *lab_register(Kind kind, ULONG filter, void *callback, void *context);
void lab_cancel(Registration *registration); // waits for the callbacks in flight
int lab_notify(Kind kind, ULONG filter, ULONG64 number, Deliver deliver, const void *what); // number: the event's, 0: just now

// storms.c
typedef void (*StormDeliver)(void); // one notification to everybody registered, by lab_notify
void lab_storm_kind(const char *kind, StormDeliver deliver);

// counts.c
typedef enum { Handles, Registrations, Memory, Objects, HELD } Held;
void lab_count(const char *function);
void lab_hold(Held what, int by);
#define COUNT() lab_count(__func__)

// addresses.c
BOOL lab_parse_address(const char *text, SOCKADDR_INET *address, UINT8 *prefix); // prefix: 32 or 128 when there is none
void lab_format_address(const SOCKADDR_INET *address, char text[64]);
void lab_guid_of(const char *space, const char *name, GUID *guid); // always the same for the same words
FILETIME lab_time(void);
BOOL lab_same_guid(const GUID *one, const GUID *other);

// addresses.c, too
void lab_widen(const char *utf8, WCHAR *wide, int size); // bytes that are no UTF-8 become U+FFFD
void lab_narrow(const WCHAR *wide, char *utf8, int size);
#endif
