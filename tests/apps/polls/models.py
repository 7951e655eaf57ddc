"""The models of the shop: every sort of field and constraint that Django makes of its own."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower


class Shelf(models.Model):
    name = models.CharField(max_length=50, unique=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
    first = models.ForeignKey("Item", null=True, on_delete=models.SET_NULL, related_name="+")


class Item(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    name = models.CharField(max_length=50)
    price = models.DecimalField(max_digits=9, decimal_places=2)
    amount = models.PositiveIntegerField()
    total = models.GeneratedField(
        expression=models.F("price") * models.F("amount"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
    )
    place = models.IntegerField()
    details = models.JSONField(default=dict)
    picture = models.BinaryField(null=True)
    weight = models.FloatField(null=True)
    seen = models.DateTimeField(auto_now=True)
    lasts = models.DurationField(null=True)
    is_sold = models.BooleanField(default=False)
    tags = models.ManyToManyField("Tag")

    class Meta:
        unique_together = [("shelf", "place")]
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gte=0), name="price_is_not_negative"),
            models.UniqueConstraint(Lower("name"), condition=models.Q(is_sold=False), name="one_unsold"),
        ]


class Tag(models.Model):
    word = models.CharField(max_length=20, primary_key=True)
