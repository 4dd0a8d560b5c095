"""The invented companies: where they are, what they hire for, what is special about them."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Place:
    name: str
    country: str


@dataclass(frozen=True)
class Job:
    title: str
    department: str
    team: str
    commitment: str
    # Of the middle of the range, in currency and interval of the country; None shows no salary.
    pay: float | None


@dataclass(frozen=True)
class Company:
    key: str
    name: str
    does: str
    posting_count: int
    places: tuple[Place, ...]
    jobs: tuple[Job, ...]
    feed_style: Literal["snake", "camel"] = "snake"
    # eeo, consent, diversity, university, score: what the forms of some or all postings have.
    form_features: frozenset[str] = field(default_factory=frozenset)
    has_candidates: bool = False


FULL, PART, CONTRACT, INTERN = "Full-time", "Part-time", "Contract", "Internship"

COMPANIES = (
    Company(
        "northwind",
        "Northwind Logistics",
        "moves food, medicine and spare parts between 40 warehouses, mostly overnight",
        24,
        (
            Place("Columbus, OH", "US"),
            Place("Memphis, TN", "US"),
            Place("Reno, Nevada", "US"),
            Place("Rotterdam, Netherlands", "NL"),
            Place("Remote - US", "US"),
        ),
        (
            Job("Warehouse Associate", "Operations", "Fulfilment", FULL, 19.5),
            Job("Forklift Operator", "Operations", "Fulfilment", FULL, 21.75),
            Job("CDL-A Truck Driver", "Operations", "Line Haul", FULL, 29),
            Job("Dispatch Coordinator", "Operations", "Control Tower", FULL, 52_000),
            Job("Customs Broker", "Trade Compliance", "Customs", FULL, 68_000),
            Job("Data Engineer", "Technology", "Routing", FULL, 138_000),
            Job("Night Shift Supervisor", "Operations", "Fulfilment", FULL, None),
            Job("Account Manager, Cold Chain", "Sales", "Key Accounts", FULL, 84_000),
        ),
        form_features=frozenset({"eeo", "university"}),
    ),
    Company(
        "brightwater",
        "Brightwater Health",
        "runs 22 clinics and a home-care service on the coast",
        18,
        (
            Place("Portland, ME", "US"),
            Place("Boston, Massachusetts", "US"),
            Place("Galway, Ireland", "IE"),
            Place("Providence, RI", "US"),
        ),
        (
            Job("Registered Nurse, Emergency", "Nursing", "Emergency", FULL, 43.5),
            Job("Medical Assistant", "Clinics", "Front Office", FULL, 22),
            Job("Physical Therapist", "Rehabilitation", "Outpatient", PART, 47),
            Job("Home Health Aide", "Home Care", "Field", PART, 18.5),
            Job("Clinic Manager", "Clinics", "Leadership", FULL, 96_000),
            Job("Patient Access Representative", "Clinics", "Front Office", FULL, 20),
        ),
        form_features=frozenset({"consent", "score"}),
    ),
    Company(
        "halden",
        "Halden Software",
        "builds scheduling software for hospitals",
        12,
        (
            Place("Berlin, Germany", "DE"),
            Place("Remote - Europe", "DE"),
            Place("Gothenburg, Sweden", "SE"),
            Place("Toronto, ON", "CA"),
        ),
        (
            Job("Senior Backend Engineer (Python)", "Engineering", "Scheduling Core", FULL, 92_000),
            Job("Product Designer", "Product", "Design", FULL, 78_000),
            Job("Site Reliability Engineer", "Engineering", "Platform", FULL, 98_000),
            Job("Working Student, Quality", "Engineering", "Quality", PART, 18),
            Job("Solutions Consultant", "Customer", "Onboarding", FULL, None),
        ),
        feed_style="camel",
        form_features=frozenset({"university", "score", "diversity"}),
    ),
    Company(
        "meridian",
        "Meridian Foods",
        "bakes, freezes and delivers bread for 3,000 shops",
        32,
        (
            Place("Kansas City, MO", "US"),
            Place("Omaha, Nebraska, USA", "US"),
            Place("Tulsa, OK", "US"),
            Place("Des Moines, IA", "US"),
            Place("Leeds, United Kingdom", "GB"),
        ),
        (
            Job("Production Line Operator", "Manufacturing", "Bakery", FULL, 20.25),
            Job("Maintenance Technician, 2nd shift", "Manufacturing", "Maintenance", FULL, 31),
            Job("Food Safety Specialist", "Quality", "Laboratory", FULL, 61_000),
            Job("Route Sales Driver", "Distribution", "Routes", FULL, 24.5),
            Job("Demand Planner", "Supply Chain", "Planning", FULL, 77_000),
            Job("Human Resources Generalist", "People", "Plants", FULL, 65_000),
            Job("Sanitation Team Member", "Manufacturing", "Sanitation", PART, 18.75),
            Job("Process Engineer", "Engineering", "Ovens & Freezers", FULL, 88_000),
        ),
        form_features=frozenset({"eeo"}),
        has_candidates=True,
    ),
    Company(
        "kestrel",
        "Kestrel Energy",
        "builds and looks after wind farms",
        16,
        (
            Place("Aberdeen, Scotland", "GB"),
            Place("Esbjerg, Denmark", "DK"),
            Place("Amarillo, TX", "US"),
            Place("Remote", "GB"),
        ),
        (
            Job("Wind Turbine Technician", "Field", "Service", FULL, 34),
            Job("Electrical Engineer, Grid", "Engineering", "Grid", FULL, 71_000),
            Job("HSE Adviser", "Field", "Safety", FULL, 54_000),
            Job("Blade Repair Specialist", "Field", "Service", CONTRACT, 41),
            Job("Graduate Engineer", "Engineering", "Graduates", FULL, 38_000),
            Job("Land Manager", "Development", "Land", FULL, None),
        ),
        feed_style="camel",
        form_features=frozenset({"university"}),
    ),
    Company(
        "orchard",
        "Orchard Retail",
        "sells garden tools and plants in 160 shops",
        40,
        (
            Place("Sacramento, CA", "US"),
            Place("Fresno, CA", "US"),
            Place("Boise, ID", "US"),
            Place("Spokane, WA", "US"),
            Place("Eugene, Oregon", "US"),
            Place("Remote - US", "US"),
        ),
        (
            Job("Sales Associate", "Stores", "Shop Floor", PART, 17.5),
            Job("Nursery Specialist", "Stores", "Plants", FULL, 20),
            Job("Shift Lead", "Stores", "Shop Floor", FULL, 21.5),
            Job("Assistant Store Manager", "Stores", "Leadership", FULL, 58_000),
            Job("Delivery Driver", "Logistics", "Last Mile", PART, 19),
            Job("E-commerce Merchandiser", "Online", "Merchandising", FULL, 66_000),
            Job("Garden Design Intern", "Online", "Content", INTERN, 18),
        ),
        form_features=frozenset({"eeo", "score"}),
    ),
)
