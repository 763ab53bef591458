"""Scalar reference implementations of deep agents: one run and one step at a time.

`steps` is a list of `Transition` with arrays [runs, ...].
"""

import torch


def ended(step, run):
    """Whether an episode ends with a step."""
    return step.terminated[run] or step.truncated[run]


def advantage(t, reward, value, next_value, terminated, ends, discount, decay):
    """Â_t = Σ_i (γλ)^i δ_{t+i} until the end of the episode, of one run [steps]."""
    total, weight = 0.0, 1.0
    for i in range(t, len(reward)):
        following = 0.0 if terminated[i] else next_value[i]
        total += weight * (reward[i] + discount * following - value[i])
        weight *= discount * decay
        if ends[i]:
            break
    return total


def discounted(rewards, discount, last_value=0.0):
    """Σ_i γ^i R_i + γ^n V of n rewards and the value of the last state."""
    return sum(discount**i * reward for i, reward in enumerate(rewards)) + discount ** len(rewards) * last_value


def look_ahead(steps, run, t, n, discount, stop):
    """The rewards of n steps, discounted, their weight γ^m, and the last of them.

    There are fewer steps if the episode ends before, or the sequence ends at `stop`.
    """
    gain, weight = 0.0, 1.0
    for last in range(t, min(t + n, stop)):
        gain += weight * steps[last].reward[run]
        weight *= discount
        if ended(steps[last], run):
            break
    return gain, weight, last


def huber(error):
    """Huber's loss."""
    return error**2 / 2 if abs(error) < 1 else abs(error) - 0.5


def clipped(ratio, advantage, epsilon):
    """PPO's objective min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â)."""
    return min(ratio * advantage, min(max(ratio, 1 - epsilon), 1 + epsilon) * advantage)


def dqn_loss(q, target_q, sample, run, double):
    """The loss of DQN of one run, of the steps of a sample."""
    total = 0.0
    batch = sample.action.shape[1]
    for i in range(batch):
        now, following = (torch.as_tensor(x[run, i])[None] for x in (sample.observation, sample.following))
        value = target_q(following)[0][0]
        best = (q(following)[0][0] if double else value).argmax()
        target = sample.gain[run, i] + sample.discount[run, i] * value[best]
        total += huber((target - q(now)[0][0, sample.action[run, i]]).item())
    return total / batch


def values_of_sequence(q, target_q, steps, run, begin, end, double):
    """Q(A_t) and max_a Q_θ̄ after every step t of a sequence, from networks that remember since the episode began."""
    state, target_state, value, following = None, None, {}, {}
    for t in range(begin, end):
        step = steps[t]
        observation, then = (torch.as_tensor(x[run])[None, None] for x in (step.observation, step.next_observation))
        output, state = q(observation, state)
        _, target_state = target_q(observation, target_state)
        value[t] = output[0, 0, step.action[run]].item()
        target = target_q(then, target_state)[0][0, 0]
        following[t] = target[(q(then, state)[0][0, 0] if double else target).argmax()].item()
        if ended(step, run):
            state = target_state = None
    return value, following


def drqn_losses(q, target_q, steps, run, begin, burn_in, end, n, discount, double):
    """The losses of DRQN of the steps of a sequence that count."""
    value, following = values_of_sequence(q, target_q, steps, run, begin, end, double)
    losses = []
    for t in range(begin + burn_in, end):
        gain, weight, last = look_ahead(steps, run, t, n, discount, end)
        if steps[last].truncated[run] and last < end - 1:
            continue
        target = gain + (0 if steps[last].terminated[run] else weight * following[last])
        losses.append(huber(target - value[t]))
    return losses
