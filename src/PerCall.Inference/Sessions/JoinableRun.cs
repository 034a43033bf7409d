namespace PerCall.Inference.Sessions;

/// <summary>A run of one call that can be made together with those of other calls.</summary>
internal abstract class JoinableRun
{
    /// <summary>Decides whether another run can be made together with this one, and counts it if so.</summary>
    public abstract bool TryAdmit(JoinableRun other);
}
