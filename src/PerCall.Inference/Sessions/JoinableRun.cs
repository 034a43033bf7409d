namespace PerCall.Inference.Sessions;

/// <summary>A run of one call that can be made together with those of other calls.</summary>
internal abstract class JoinableRun
{
    /// <summary>
    /// Returns how much another run differs from this one, in the unit of their lengths; null if the two cannot be made together now.
    /// </summary>
    public abstract int? DifferenceOf(JoinableRun other);

    /// <summary>Counts a run that is made together with this one.</summary>
    public abstract void Admit(JoinableRun other);
}
