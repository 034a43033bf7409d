namespace PerCall.Functions.Pricing;

/// <summary>What units of an operation on a model cost.</summary>
/// <param name="Operation">One of <see cref="Operations"/>, or <c>*</c>.</param>
/// <param name="Model">A model's name, or <c>*</c>.</param>
/// <param name="Unit">What is counted, for example <c>image</c>.</param>
/// <param name="Micros">Micro-units of the currency for <paramref name="Per"/> units; 0 or more.</param>
/// <param name="Per">Units that the price is for; 1 or more. 1,000,000 for prices such as those of tokens, of which one costs less than a
/// micro-unit.</param>
public sealed record Price(string Operation, string Model, string Unit, long Micros, long Per = 1)
{
    /// <summary>The charge in micro-units: exact, the last begun micro-unit counted whole.</summary>
    /// <exception cref="OverflowException">It is more than 9 million million of the currency.</exception>
    public long Of(long units) => checked((long)((((Int128)units * Micros) + Per - 1) / Per));
}
