"""What the demo shop sells: invented brands on ordinary goods. Pure; the same seed gives the same shop."""

from dataclasses import dataclass
from itertools import product
from random import Random

from app.pricelist.attributes import Stated
from app.pricelist.catalog_import import CatalogRow
from app.words.content import parse_content

SIZE = 2_000
CURRENCY = "INR"


@dataclass(frozen=True, slots=True)
class Department:
    """A category: its SKU prefix, the usual margin in per cent, and the brands that stand there."""

    prefix: str
    margin: tuple[int, int]
    brands: tuple[str, ...]


_SHELVES = {
    "Staples": Department("STA", (14, 24), ("Sona Mandi", "Kaveri Mills", "Annapath", "Rasoi Roots", "Dharti Gold")),
    "Oils & Ghee": Department("OIL", (13, 20), ("Kaveri Mills", "Surajdhara", "Ghani & Sons", "Rasoi Roots")),
    "Spices": Department("SPI", (24, 38), ("Masala Junction", "Malabar Lane", "Ghani & Sons", "Rasoi Roots")),
    "Dairy & Eggs": Department("DAI", (12, 20), ("Gokul Meadow", "Himveda", "Whitefield Dairy", "Nandi Farms")),
    "Bakery": Department("BAK", (22, 34), ("Daily Crumb", "Oven Street", "Whitefield Bakes", "Mrs Pinto's")),
    "Snacks": Department("SNA", (22, 34), ("Chatpat Co.", "Namkeen Ghar", "Crispwell", "Tiffin Box", "Oven Street")),
    "Tea & Coffee": Department("TEA", (20, 32), ("Neelgiri Mist", "Chai Junction", "Coorg Estate", "Kettle & Leaf")),
    "Drinks": Department("DRI", (18, 30), ("Fruitwala", "Sherbet Lane", "Bubbly Bay", "Coorg Estate")),
    "Breakfast": Department("BRE", (18, 30), ("Morning Bowl", "Daily Crumb", "Madhubani Hives", "Annapath")),
    "Fruit & Vegetables": Department("FRV", (16, 28), ("Nandi Farms", "Green Cart", "Sahyadri Fresh")),
    "Frozen": Department("FRO", (20, 30), ("Himveda", "Tiffin Box", "Green Cart", "Polar Pantry")),
    "Laundry": Department("LAU", (16, 26), ("Dhobi Bright", "Clearwater", "Neem & Co.", "Ujala Home")),
    "Cleaning": Department("CLE", (20, 34), ("Clearwater", "Neem & Co.", "Ujala Home", "Chamak")),
    "Personal Care": Department("CAR", (24, 40), ("Neem & Co.", "Aarohi", "Sandal Grove", "Mistral", "Vanya")),
    "Baby": Department("BAB", (15, 26), ("Chhota Kadam", "Aarohi", "Little Banyan")),
    "Pet Care": Department("PET", (18, 30), ("Moti & Me", "Happy Tail", "Billi Bazaar")),
}

_COMPARED = ("Tea & Coffee", "Drinks", "Oils & Ghee")
"""Where the sizes of one good form a family: a larger one costs more, and less for what it holds."""
_ADVERTISES = "Coorg Estate"

_GOODS = """
Staples|Rice|{} Rice|Basmati,Sona Masoori,Kolam,Brown Basmati,Idli|1 kg 96,5 kg 455,10 kg 890
Staples|Flour|{} Flour|Whole Wheat,Multigrain,Gram,Ragi,Jowar|500 g 42,1 kg 68,5 kg 310
Staples|Pulses|{} Dal|Toor,Moong,Masoor,Urad,Chana|500 g 84,1 kg 162,2 kg 315
Staples|Pulses|{}|Rajma Chitra,Kabuli Chana,Black Chana,Green Moong Whole|500 g 78,1 kg 148
Staples|Sugar & Salt|{}|Sugar,Jaggery Powder,Rock Salt,Iodised Salt|500 g 38,1 kg 62
Oils & Ghee|Cooking oil|{} Oil|Sunflower,Groundnut,Mustard,Rice Bran,Sesame|1 l 168,2 l 330,5 l 805
Oils & Ghee|Ghee|{} Ghee|Cow,Buffalo,A2 Bilona|200 ml 148,500 ml 345,1 l 660
Oils & Ghee|Speciality|Cold Pressed {} Oil|Coconut,Olive,Flaxseed|250 ml 185,500 ml 360
Spices|Ground|{} Powder|Turmeric,Red Chilli,Coriander,Cumin,Garam Masala|100 g 44,200 g 82,500 g 190
Spices|Whole|{}|Black Pepper,Green Cardamom,Cloves,Cinnamon Sticks,Mustard Seeds|50 g 76,100 g 145
Spices|Blends|{} Masala|Chole,Pav Bhaji,Sambar,Biryani,Chaat|50 g 42,100 g 78
Dairy & Eggs|Milk|{} Milk|Toned,Full Cream,Cow,Lactose Free|500 ml 31,1 l 60
Dairy & Eggs|Curd & Paneer|{}|Curd,Greek Yoghurt,Paneer,Malai Paneer,Buttermilk|200 g 48,400 g 90,1 kg 205
Dairy & Eggs|Butter & Cheese|{}|Salted Butter,Cheese Slices,Cheddar Block,Mozzarella|100 g 62,200 g 118,500 g 285
Dairy & Eggs|Eggs|{} Eggs|White,Brown,Free Range|6 pieces 54,12 pieces 104,30 pieces 245
Bakery|Bread|{} Bread|White Sandwich,Whole Wheat,Multigrain,Milk|350 g 42,450 g 55
Bakery|Buns & Pav|{}|Ladi Pav,Burger Buns,Garlic Buns,Fruit Buns|4 pieces 38,6 pieces 54
Bakery|Cakes & Rusk|{}|Elaichi Rusk,Marble Cake,Plum Cake,Mawa Cake|200 g 78,400 g 148
Snacks|Namkeen|{}|Aloo Bhujia,Moong Dal Namkeen,Khatta Meetha,Ratlami Sev|200 g 58,400 g 110
Snacks|Chips|{} Chips|Salted Potato,Masala Potato,Banana,Tapioca|75 g 30,150 g 58
Snacks|Biscuits|{} Biscuits|Butter,Digestive,Coconut,Ginger,Jeera|150 g 34,300 g 64
Snacks|Dry fruit|{}|Almonds,Cashews,Raisins,Pistachios Salted,Walnut Kernels|200 g 225,500 g 540
Tea & Coffee|Tea|{} Tea|Assam,Nilgiri,Masala,Green,Darjeeling|100 g 92,250 g 215,500 g 410
Tea & Coffee|Coffee|{} Coffee|Filter,Instant,Chicory Blend,Arabica|100 g 148,200 g 285
Drinks|Juice|{} Juice|Mango,Mixed Fruit,Guava,Pomegranate,Orange|200 ml 24,1 l 112
Drinks|Soft drinks|{}|Lemon Soda,Ginger Ale,Jeera Soda,Cola|250 ml 22,750 ml 48,2 l 98
Drinks|Sherbet & Water|{}|Rose Sherbet,Kokum Sherbet,Khus Sherbet|500 ml 128,750 ml 178
Breakfast|Cereal|{}|Rolled Oats,Corn Flakes,Muesli Fruit & Nut,Ragi Flakes|400 g 148,1 kg 325
Breakfast|Spreads|{}|Mixed Fruit Jam,Peanut Butter,Multifloral Honey,Orange Marmalade|250 g 128,500 g 235
Breakfast|Ready mixes|{} Mix|Idli,Dosa,Upma,Poha,Pancake|200 g 56,500 g 122
Fruit & Vegetables|Vegetables|{}|Onions,Potatoes,Tomatoes,Carrots,Cauliflower,Green Beans|500 g 28,1 kg 52
Fruit & Vegetables|Fruit|{}|Bananas Robusta,Apples Shimla,Oranges Nagpur,Papaya,Pomegranates|500 g 68,1 kg 130
Fruit & Vegetables|Herbs|{}|Coriander,Mint,Curry Leaves,Ginger,Garlic|100 g 18,250 g 42
Frozen|Vegetables|Frozen {}|Green Peas,Sweet Corn,Mixed Vegetables,Spinach|500 g 96,1 kg 178
Frozen|Ready to cook|Frozen {}|Aloo Paratha,Veg Momos,Samosa,Chicken Nuggets,Fries|300 g 138,600 g 258
Frozen|Ice cream|{} Ice Cream|Vanilla,Kesar Pista,Mango,Butterscotch|500 ml 165,1 l 310
Laundry|Detergent|{} Detergent|Front Load Powder,Top Load Powder,Liquid,Baby Liquid|500 g 98,1 kg 185,4 kg 690
Laundry|Laundry care|{}|Fabric Conditioner,Stain Remover,Fabric Whitener,Detergent Bar Pack|200 ml 68,500 ml 142,1 l 265
Cleaning|Dishwash|Dishwash {}|Gel Lemon,Gel Vinegar,Bar,Powder|250 g 46,500 g 92,1 kg 172
Cleaning|Surfaces|{} Cleaner|Floor,Glass,Kitchen,Toilet,Bathroom|500 ml 98,1 l 178
Cleaning|Disposables|{}|Garbage Bags,Kitchen Towels,Aluminium Foil,Scrub Pads|Small 72,Medium 112,Large 165
Personal Care|Bath|{} Soap|Neem,Sandal,Aloe Vera,Charcoal|100 g 42,4 x 100 g 156
Personal Care|Hair|{}|Herbal Shampoo,Anti Dandruff Shampoo,Coconut Hair Oil,Conditioner|180 ml 148,340 ml 265
Personal Care|Oral|{}|Clove Toothpaste,Herbal Toothpaste,Soft Toothbrush,Mouthwash|Single 86,Twin Pack 158
Personal Care|Skin|{}|Aloe Gel,Body Lotion,Face Wash Neem,Lip Balm|50 ml 118,100 ml 195,200 ml 325
Baby|Nappies|Nappy Pants {}|Small,Medium,Large,Extra Large|20 pieces 265,40 pieces 495
Baby|Food|{} Cereal|Rice,Wheat Apple,Ragi Banana,Multigrain|200 g 168,300 g 242
Baby|Bath|Baby {}|Wash,Lotion,Oil,Powder|100 ml 128,200 ml 228
Pet Care|Dog|Dog {}|Kibble Chicken,Kibble Lamb,Biscuits,Dental Sticks|400 g 178,1 kg 395,3 kg 1080
Pet Care|Cat|Cat {}|Kibble Tuna,Gravy Salmon,Litter,Treats|400 g 188,1 kg 415
"""


def articles(seed: int = 7) -> list[CatalogRow]:
    """Return the shop's products as they are today, ordered by SKU."""
    chance = Random(seed)  # noqa: S311 - a demo must be the same each time; nothing here is a secret
    offers = [offer for line in _GOODS.strip().splitlines() for offer in _offers(line)]
    chosen = sorted(chance.sample(range(len(offers)), SIZE))
    return sorted((_article(place, offers[place], chance) for place in chosen), key=lambda article: article.sku)


@dataclass(frozen=True, slots=True)
class _Offer:
    category: str
    subcategory: str
    name: str
    brand: str
    rupees: int
    family: str
    rank: int
    size: str


def _offers(line: str) -> list[_Offer]:
    category, subcategory, pattern, variants, sizes = line.split("|")
    offers = []
    ranks = list(enumerate(sizes.split(","), start=1))
    for variant, (rank, size), brand in product(variants.split(","), ranks, _SHELVES[category].brands):
        label, _, rupees = size.rpartition(" ")
        good = pattern.format(variant)
        offers.append(
            _Offer(
                category,
                subcategory,
                f"{good}, {label}",
                brand,
                int(rupees),
                f"{brand} {good}",
                rank,
                label,
            )
        )
    return offers


def _article(place: int, offer: _Offer, chance: Random) -> CatalogRow:
    shelf = _SHELVES[offer.category]
    price = _shelf_price(offer.rupees * chance.uniform(0.86, 1.2))
    cost = round(price * (100 - chance.uniform(*shelf.margin)) / 100 / 5) * 5
    competitor = _shelf_price(price / 100 * chance.uniform(0.95, 1.14)) if chance.random() < 1 / 3 else None
    unknown = chance.random() < 0.005
    return CatalogRow(
        sku=f"{shelf.prefix}-{10_000 + place}",
        name=offer.name,
        category=offer.category,
        subcategory=offer.subcategory,
        brand=offer.brand,
        currency=CURRENCY,
        cost=None if unknown else cost,
        price=price,
        competitor_price=competitor,
        stated=_stated(offer, price),
    )


def _stated(offer: _Offer, price: int) -> Stated:
    """Say what a product is, of the categories whose packs are compared; one brand has minima that it advertises."""
    minimum = price * 85 // 100 if offer.brand == _ADVERTISES else None
    if offer.category not in _COMPARED:
        return Stated(minimum_advertised=minimum)
    return Stated(offer.family, offer.rank, 1, parse_content(offer.size), minimum)


def _shelf_price(rupees: float) -> int:
    """Round to a price that a shop would print: whole rupees, from 100 on ending in 0, 5 or 9."""
    whole = max(5, round(rupees))
    if whole < 100:
        return whole * 100
    five = round(whole / 5) * 5
    return (five - 1 if five % 10 == 0 and whole < five else five) * 100
