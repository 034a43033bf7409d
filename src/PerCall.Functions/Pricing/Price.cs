namespace PerCall.Functions.Pricing;

/// <summary>The price of units of an operation on a model.</summary>
/// <param name="Operation">The name of one of <see cref="Operations"/>, or <c>*</c>.</param>
/// <param name="Model">The name of a model, or <c>*</c>.</param>
/// <param name="Unit">The unit, for example <c>image</c>.</param>
/// <param name="Micros">Micro-units of the currency for <paramref name="Per"/> units; 0 or more.</param>
/// <param name="Per">
/// Number of units that <paramref name="Micros"/> pays for; 1 or more. For example 1,000,000 for tokens, because one token costs less than
/// a micro-unit.
/// </param>
public sealed record Price(string Operation, string Model, string Unit, long Micros, long Per = 1)
{
    /// <summary>Returns the charge in micro-units, computed exactly and rounded up to a whole micro-unit.</summary>
    /// <exception cref="OverflowException">
    /// The charge is more than 9 million million of the currency, which a 64-bit number cannot hold.
    /// </exception>
    public long Of(long units) => checked((long)((((Int128)units * Micros) + Per - 1) / Per));
}
